package conformance

// reds names the cases that each broken promise turns red: these and no others.
var reds = map[string][]string{
	"describe changes":              {"describe/is the same each time"},
	"describe is slow":              {"describe/is instant"},
	"unknown config is accepted":    {"config/unknown words are refused with a path"},
	"ill-typed config is accepted":  {"config/values of a wrong type are refused with a path"},
	"incomplete config is accepted": {"config/what is required must be given"},
	"mangled config is accepted":    {"config/what is no object is refused"},
	"unknown options are accepted":  {"config/unknown options are refused with a path"},
	"complaints have no path": {
		"config/unknown words are refused with a path", "config/values of a wrong type are refused with a path",
		"config/what is required must be given", "config/unknown options are refused with a path",
	},
	"errors lose their kind": {
		"config/unknown words are refused with a path", "config/values of a wrong type are refused with a path",
		"config/what is required must be given", "config/what is no object is refused", "config/unknown options are refused with a path",
		"fingerprint/absent backend is unavailable", "validate/has no effects", "logs/of what is unknown",
		"mounts/a source outside is refused", "mounts/a symlink in a source is refused", "stop/of what is unknown", "stop/of what was removed",
		"watch/of what is unknown", "recover/of what is unknown", "remove/forgets", "remove/while it runs is refused",
		"remove/leaves nothing behind", "stats/of what is unknown", "image/removed while it is fetched", "watch/cannot tell is not the end",
	},
	"what is not described answers": {"describe/what is missing is unimplemented"},
	"fingerprint is late": {
		"fingerprint/first within two seconds", "fingerprint/absent backend is undetected",
	},
	"fingerprint has no backend": {"fingerprint/names the backend"},
	"fingerprint ends":           {"fingerprint/goes on"},
	"absent is healthy":          {"fingerprint/absent backend is undetected"},
	"absent is empty":            {"fingerprint/absent backend is unavailable"},
	"configure needs the backend": {
		"config/is taken without a backend", "fingerprint/absent backend is undetected", "fingerprint/absent backend is unavailable",
	},
	"validate starts": {"validate/has no effects"},
	"start waits for the end": {
		"start/is quick", "start/is quick while the image is fetched",
	},
	"start waits for the image":             {"start/is quick while the image is fetched"},
	"start of the running runs again":       {"start/is idempotent", "recover/then start", "recover/killed while it is started"},
	"start of the ended runs again":         {"start/of what has ended"},
	"start of another process's runs again": {"recover/then start", "recover/killed while it is started"},
	"start is refused the second time": {
		"start/is quick while the image is fetched", "start/is idempotent", "start/many at the same moment", "start/of what has ended",
		"recover/then start", "recover/killed while it is started",
	},
	"start is not for many at once": {"start/many at the same moment"},
	"crowds are refused":            {"start/fifty at once"},
	"success has a code": {
		"start/is idempotent", "start/many at the same moment", "start/of what has ended", "start/fifty at once", "exit/code 0", "exit/times",
		"environment/any characters", "logs/stdout and stderr apart", "logs/in order", "logs/any bytes", "logs/ten megabytes",
		"logs/resume by cursor", "mounts/an input is seen whole", "mounts/an input is writable", "mounts/an input is private",
		"mounts/a static is read-only", "mounts/an output starts empty", "mounts/an output is there at the exit",
		"mounts/an output of any owner and mode", "mounts/a symlink in an output", "mounts/a scratch is empty and thrown away",
		"mounts/files stay after remove", "stop/of what was removed", "recover/then start", "recover/of what is unknown", "remove/forgets",
		"remove/twice", "list/in whatever state", "list/only one's own", "gpus/exactly as assigned", "gpus/none unless assigned",
		"describe/what is missing is unimplemented", "environment/nothing of the agent's", "recover/killed while it is started",
	},
	"codes are one": {
		"start/fifty at once", "exit/code 7", "exit/code 255", "stop/of what has ended", "watch/after the exit", "watch/by two",
		"recover/with the handle", "recover/without the handle", "recover/with garbage for a handle", "recover/what ended meanwhile",
		"deadline/is not the attempt's end", "remove/only one's own",
	},
	"codes are signed": {"exit/code 255"},
	"signals are lost": {"exit/death by a signal"},
	"times are lost": {
		"exit/times", "deadline/is kept", "deadline/is kept after a restart",
	},
	"memory has no limit":             {"exit/out of memory"},
	"environment is cut at line ends": {"environment/any characters"},
	"missing images run":              {"image/one that is missing"},
	"stop blames the image":           {"image/stopped while it is fetched", "image/removed while it is fetched"},
	"streams are one": {
		"logs/stdout and stderr apart", "logs/in order", "logs/any bytes",
	},
	"logs are reversed": {
		"logs/stdout and stderr apart", "logs/in order", "logs/any bytes", "logs/ten megabytes", "logs/resume by cursor",
	},
	"logs are text": {
		"logs/any bytes", "logs/resume by cursor",
	},
	"logs are short":       {"logs/ten megabytes"},
	"log chunks are large": {"logs/ten megabytes"},
	"logs do not follow": {
		"logs/resume while following", "logs/follow to the end", "recover/logs by cursor",
	},
	"logs come at the end": {
		"logs/follow to the end", "logs/without following return at once", "mounts/an output of what fails", "stop/gently first",
		"stop/by force after grace", "stop/returns when the request is made", "stop/again does not prolong",
	},
	"logs wait for the end": {"logs/without following return at once"},
	"logs of the unknown are empty": {
		"logs/of what is unknown", "remove/forgets",
	},
	"cursors stand still": {
		"logs/resume by cursor", "logs/resume while following", "recover/logs by cursor",
	},
	"cursors are of a process": {"recover/logs by cursor"},
	"inputs are empty": {
		"mounts/an input is seen whole", "mounts/an input is writable", "mounts/an input is private",
	},
	"inputs are read-only": {"mounts/an input is writable", "mounts/an input is private"},
	"inputs are the sources": {
		"mounts/an input's source is never changed", "mounts/an input is private",
	},
	"inputs are shared":    {"mounts/an input is private"},
	"statics are writable": {"mounts/a static is read-only"},
	"outputs start with something": {
		"mounts/an output starts empty", "mounts/an output is there at the exit", "mounts/an output of any owner and mode",
		"mounts/an output of what fails", "mounts/files stay after remove",
	},
	"outputs are shallow": {
		"mounts/an output is there at the exit", "mounts/an output of any owner and mode",
	},
	"outputs are of root": {"mounts/an output of any owner and mode"},
	"failures leave no outputs": {
		"mounts/an output of what fails", "stop/gently first", "recover/with the handle", "recover/without the handle",
		"recover/with garbage for a handle",
	},
	"outputs follow symlinks": {"mounts/a symlink in an output"},
	"scratch is kept":         {"mounts/a scratch is empty and thrown away"},
	"any source is mounted": {
		"mounts/a source outside is refused", "mounts/a symlink in a source is refused",
	},
	"symlinks are followed":  {"mounts/a symlink in a source is refused"},
	"remove deletes outputs": {"mounts/files stay after remove"},
	"stop is never gentle": {
		"logs/follow to the end", "stop/gently first", "stop/by force after grace", "stop/returns when the request is made",
	},
	"stop has no grace": {
		"stop/by force after grace", "stop/returns when the request is made",
	},
	"stop waits for the end": {"stop/returns when the request is made"},
	"a second stop is nothing": {
		"stop/returns when the request is made", "remove/leaves nothing behind",
	},
	"stop of the ended fails": {"stop/of what has ended"},
	"stop of the unknown is fine": {
		"stop/of what is unknown", "stop/of what was removed",
	},
	"stopped has exited": {
		"image/stopped while it is fetched", "stop/gently first", "stop/by force after grace", "stop/returns when the request is made",
		"recover/then stop", "image/removed while it is fetched", "stop/again does not prolong",
	},
	"watch tells each state once": {
		"watch/the present state first", "watch/cancelled", "watch/cannot tell is not the end",
	},
	"watch goes back": {"watch/states only grow"},
	"watch differs": {
		"watch/after the exit", "watch/by two",
	},
	"watch that is cancelled stops": {
		"start/is idempotent", "stop/by force after grace", "stop/returns when the request is made", "watch/cancelled",
		"recover/with the handle", "recover/without the handle", "recover/with garbage for a handle", "recover/what ended meanwhile",
		"deadline/is kept after a restart", "remove/while it runs is refused", "list/in whatever state", "stats/of what runs",
		"watch/cannot tell is not the end",
	},
	"watch of the unknown is unavailable": {
		"validate/has no effects", "watch/of what is unknown", "remove/forgets", "image/removed while it is fetched",
	},
	"recover needs the handle": {
		"fingerprint/absent backend is unavailable", "recover/without the handle", "deadline/is kept after a restart",
	},
	"recover reads the handle": {"recover/with garbage for a handle"},
	"recover forgets": {
		"fingerprint/absent backend is unavailable", "recover/with the handle", "recover/without the handle",
		"recover/with garbage for a handle", "recover/what ended meanwhile", "recover/then stop", "recover/logs by cursor",
		"deadline/is kept after a restart", "describe/ends with the agent",
	},
	"recover knows everything": {
		"fingerprint/absent backend is unavailable", "recover/of what is unknown",
	},
	"what ended meanwhile has vanished": {"recover/what ended meanwhile"},
	"what was recovered cannot be stopped": {
		"stop/of what is unknown", "recover/then stop", "remove/leaves nothing behind",
	},
	"deadline is not kept": {
		"deadline/is kept", "deadline/is kept after a restart",
	},
	"deadline is lost by recover":    {"deadline/is kept after a restart"},
	"deadline is every end's reason": {"deadline/is not the attempt's end"},
	"remove keeps": {
		"stop/of what was removed", "recover/of what is unknown", "remove/forgets", "remove/leaves nothing behind",
		"image/removed while it is fetched",
	},
	"remove of the unknown fails": {
		"remove/twice", "remove/leaves nothing behind",
	},
	"remove kills":         {"remove/while it runs is refused"},
	"remove takes others'": {"remove/only one's own"},
	"list forgets the ended": {
		"start/is idempotent", "start/many at the same moment", "start/of what has ended", "recover/with the handle",
		"recover/without the handle", "recover/with garbage for a handle", "remove/only one's own", "list/in whatever state",
		"recover/killed while it is started",
	},
	"list takes all for running": {"list/in whatever state"},
	"list tells others'": {
		"list/in whatever state", "list/only one's own", "remove/leaves nothing behind",
	},
	"all GPUs are seen": {
		"gpus/exactly as assigned", "gpus/none unless assigned",
	},
	"no GPUs are seen": {"gpus/exactly as assigned"},
	"stats are empty": {
		"stats/of what runs", "stats/of what is unknown",
	},
	"stats of the unknown are empty":    {"stats/of what is unknown"},
	"prefetch fails":                    {"prefetch/an image"},
	"prefetch finds everything":         {"prefetch/one that is missing"},
	"images are never there":            {"images/one that is there"},
	"every image is there":              {"images/one that is missing"},
	"strangers are answered":            {"describe/to the agent alone"},
	"the agent is outlived":             {"describe/ends with the agent"},
	"start that is cut off runs again":  {"recover/killed while it is started"},
	"environment is inherited":          {"environment/nothing of the agent's"},
	"a second stop prolongs":            {"stop/again does not prolong"},
	"what cannot be told has ended":     {"watch/cannot tell is not the end"},
	"what cannot be told is not listed": {"watch/cannot tell is not the end"},
	"remove of what is fetched leaks":   {"image/removed while it is fetched", "remove/leaves nothing behind"},
}
