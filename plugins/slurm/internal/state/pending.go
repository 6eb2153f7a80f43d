package state

import "strings"

// hopeless are the reasons of pending jobs that no passing of time clears: the
// request asks for more than the cluster, its partition, account or quality of
// service gives to one job. Reasons that other jobs' ends, freed nodes or an
// administrator's release clear are not here.
var hopeless = map[string]bool{
	"AccountNotAllowed":        true,
	"BadConstraints":           true,
	"DependencyNeverSatisfied": true,
	"InvalidAccount":           true,
	"InvalidQOS":               true,
	"JobLaunchFailure":         true,
	"MaxMemPerLimit":           true,
	"PartitionConfig":          true,
	"PartitionNodeLimit":       true,
	"PartitionTimeLimit":       true,
	"QOSMinCpuNotSatisfied":    true,
	"QOSMinGRES":               true,
	"QOSMinMemory":             true,
	"QOSNotAllowed":            true,
	"QOSTimeLimit":             true,
	"ReservationDeleted":       true,
	"ReservationInvalid":       true,
}

// Hopeless tells whether a job that is pending for a reason, as squeue writes
// it, never begins unless somebody changes it or the cluster. Limits on one
// job, such as QOSMaxMemoryPerJob and AssocMaxCpuPerJobLimit, never clear; for
// limits on many see [OfUser] and [OfGroup].
func Hopeless(reason string) bool {
	if hopeless[reason] {
		return true
	}
	limit := strings.HasPrefix(reason, "QOSMax") || strings.HasPrefix(reason, "AssocMax")
	name := strings.TrimSuffix(reason, "Limit")
	return limit && (strings.HasSuffix(name, "PerJob") || strings.HasSuffix(name, "PerNode"))
}

// OfUser tells whether a reason is a limit on all jobs of a user together, such
// as QOSMaxCpuPerUserLimit. A job that is pending for one while its user has no
// other that holds anything asks for too much itself.
func OfUser(reason string) bool {
	return strings.HasPrefix(reason, "QOSMax") && strings.Contains(reason, "PerUser") || reason == "AssocMaxJobsLimit"
}

// OfGroup tells whether a reason is a limit on all jobs of an account or a
// quality of service together, such as AssocGrpCpuLimit. It clears when others
// end, unless the job asks for more than the limit itself.
func OfGroup(reason string) bool {
	return strings.HasPrefix(reason, "AssocGrp") || strings.HasPrefix(reason, "QOSGrp")
}

// Waits is why a job of a state is not running, for people: Slurm's own word,
// such as Resources, or "" if Slurm has not looked at the job yet.
func Waits(word, reason string) string {
	if text := Of(word).Text; text != "" {
		return text
	}
	switch reason {
	case "None", "", "Prolog":
		return ""
	}
	return reason
}
