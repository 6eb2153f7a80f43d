package assemble

import "testing"

// A study in common shows no second try: a fragment of one series must not get
// into the run for another.
func TestAnotherSeriesOfTheStudyIsNoSecondTry(t *testing.T) {
	tell(t, Hold, `
		> open A CT1
		A receiving
		> add A 1.1 x y
		A receiving x y
		> abort A
		A incomplete x y: association broke off: EOF
		> open B CT1
		B receiving
		> add B 1.2 z
		B receiving z
		> release B
		B complete z
		match!
		> open C CT1
		C receiving
		> add C 1.1 x y w
		C receiving x y w
		> release C
		A superseded x y: sent again as C
		C complete x y w x y
		match!
	`)
}

func TestTwoSeriesBrokenAndSentAgainOneByOne(t *testing.T) {
	tell(t, Hold, `
		> open A CT1
		A receiving
		> add A 1.1 x y
		A receiving x y
		> add A 1.2 z
		A receiving x y z
		> add A 1. report
		A receiving x y z report
		> abort A
		A incomplete x y z report: association broke off: EOF
		> open B CT1
		B receiving
		> add B 1.1 w
		B receiving w
		> release B
		A incomplete z report: association broke off: EOF; 2 of 4 objects sent again as B
		B complete w x y
		match!
		> open C CT1
		C receiving
		> add C 1.1 x y w
		C receiving x y w
		> add C 1. other
		C receiving x y w other
		> release C
		C complete x y w other
		match!
		> open D CT1
		D receiving
		> add D 1.2 v
		D receiving v
		> add D 1. report
		D receiving v report
		> release D
		A superseded z report: sent again as D
		D complete v report z report
		match!
	`)
}

// What a try took over is no longer in the held arrival when that is completed.
func TestWhatIsLeftIsCompletedWithoutWhatWasSentAgain(t *testing.T) {
	tell(t, Hold, `
		> open A CT1
		A receiving
		> add A 1.1 x
		A receiving x
		> add A 1.2 y
		A receiving x y
		> abort A
		A incomplete x y: association broke off: EOF
		> open B CT1
		B receiving
		> add B 1.1 x
		B receiving x
		> release B
		A incomplete y: association broke off: EOF; 1 of 2 objects sent again as B
		B complete x x
		match!
		> release A
		A complete y
		match!
	`)
}

func TestTheSameSeriesFromAnotherSenderIsNoSecondTry(t *testing.T) {
	tell(t, Hold, `
		> open A CT1
		A receiving
		> add A 1 x
		A receiving x
		> abort A
		A incomplete x: association broke off: EOF
		> open B CT2
		B receiving
		> add B 1 x y
		B receiving x y
		> release B
		B complete x y
		match!
	`)
}

// A try that breaks off takes nothing over; the one that comes through takes
// over from all.
func TestSeveralTries(t *testing.T) {
	tell(t, Hold, `
		> open A CT1
		A receiving
		> add A 1 x
		A receiving x
		> abort A
		A incomplete x: association broke off: EOF
		> open B CT1
		B receiving
		> add B 1 x y
		B receiving x y
		> abort B
		B incomplete x y: association broke off: EOF
		> open C CT1
		C receiving
		> add C 1 x y z
		C receiving x y z
		> release C
		A superseded x: sent again as C
		B superseded x y: sent again as C
		C complete x y z x x y
		match!
	`)
}
