package wake

import (
	"errors"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

func TestSoon(t *testing.T) {
	other := errors.New("other")
	for name, test := range map[string]struct {
		errs  []error // of the tries; the last one is that of all further ones
		want  error
		takes time.Duration // at least
		most  time.Duration
	}{
		"at once":      {[]error{nil}, nil, 0, 0},
		"after a time": {[]error{syscall.EADDRINUSE, syscall.EADDRINUSE, nil}, nil, 1, soon / 2},
		"never":        {[]error{syscall.EADDRINUSE}, syscall.EADDRINUSE, soon, 2 * soon},
		"another":      {[]error{other}, other, 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				begun, tries := time.Now(), 0
				err := Soon(syscall.EADDRINUSE, func() error {
					tries++
					return test.errs[min(tries, len(test.errs))-1]
				})
				if took := time.Since(begun); !errors.Is(err, test.want) || took < test.takes || took > test.most {
					t.Errorf("%v after %v, want %v", err, took, test.want)
				}
			})
		})
	}
}
