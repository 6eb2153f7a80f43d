package problem

import "fmt"

// Counted is a number of things in words, such as "1 object" and "2 objects".
func Counted(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}
