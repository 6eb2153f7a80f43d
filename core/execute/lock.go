package execute

import "sync"

// keyLock is a lock that goes away with its last holder.
type keyLock struct {
	sync.Mutex
	holders int
}

// lock locks one key: a run whose src is laid, or a static that is unpacked.
func (e *Engine) lock(key any) (unlock func()) {
	e.mu.Lock()
	if e.locks == nil {
		e.locks = make(map[any]*keyLock)
	}
	l := e.locks[key]
	if l == nil {
		l = &keyLock{}
		e.locks[key] = l
	}
	l.holders++
	e.mu.Unlock()
	l.Lock()
	return func() {
		l.Unlock()
		e.mu.Lock()
		defer e.mu.Unlock()
		if l.holders--; l.holders == 0 {
			delete(e.locks, key)
		}
	}
}
