package execute

import (
	"sync"
	"testing"
	"testing/synctest"
)

// Who asks while the work is done gets the next turn, and all who do get the
// same one.
func TestShared(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		turns, begun, goOn := 0, make(chan struct{}), make(chan struct{})
		s := newShared(func() error {
			turns++
			begun <- struct{}{}
			<-goOn
			return nil
		})
		var callers sync.WaitGroup
		call := func() { callers.Go(func() { check(t, s.do()) }) }
		call()
		<-begun
		done := make(chan struct{})
		var late sync.WaitGroup
		for range 10 {
			late.Go(func() { check(t, s.do()) })
		}
		go func() {
			late.Wait()
			close(done)
		}()
		synctest.Wait()
		goOn <- struct{}{}
		callers.Wait()
		<-begun
		select {
		case <-done:
			t.Error("who asked while the work was done was content with its rest")
		default:
		}
		goOn <- struct{}{}
		<-done
		if turns != 2 {
			t.Errorf("the work was done %d times for 11 callers, want twice", turns)
		}
	})
}
