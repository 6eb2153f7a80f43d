//go:build !unix

package dimse

import "syscall"

func reuseAddress(string, string, syscall.RawConn) error { return nil }
