package wake

// Gather adds to a first message those that wait behind it at this moment.
func Gather[M any](first M, more <-chan M) []M {
	all := []M{first}
	for {
		select {
		case m := <-more:
			all = append(all, m)
		default:
			return all
		}
	}
}
