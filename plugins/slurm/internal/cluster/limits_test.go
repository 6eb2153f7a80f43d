package cluster

import (
	"strings"
	"testing"
)

// What scontrol of Slurm 22.05 shows, of a job of the account radiology, which
// is below hospital.
const (
	shownJob = "JobId=7 JobName=raddeploy-x UserId=rad(1000) GroupId=rad(1000) Account=radiology QOS=normal JobState=PENDING Reason=AssocGrpCpuLimit Partition=main " +
		"NumNodes=1 NumCPUs=4 TRES=cpu=4,mem=2G,node=1,billing=4,gres/gpu=1\n"
	shownLimits = `Current Association Manager state
Association Records
ClusterName=test Account=root UserName= Partition= ParentAccount= GrpJobs=N(9) GrpTRES=cpu=N(900),mem=N(0)
ClusterName=test Account=hospital UserName= Partition= ParentAccount=root(1) GrpJobs=N(9) GrpTRES=HOSPITAL
ClusterName=test Account=radiology UserName= Partition= ParentAccount=hospital(2) GrpJobs=JOBS GrpTRES=RADIOLOGY GrpTRESMins=cpu=1(1)
ClusterName=test Account=radiology UserName=rad(1000) Partition= ParentAccount= GrpJobs=N(9) GrpTRES=USER
ClusterName=test Account=radiology UserName=other(1001) Partition= ParentAccount= GrpJobs=0(0) GrpTRES=cpu=1(0)
ClusterName=test Account=physics UserName= Partition= ParentAccount=root(1) GrpJobs=0(0) GrpTRES=cpu=1(0)
QOS Records
QOS=normal(1) UsageRaw=0.000000 GrpJobs=N(0) GrpTRES=NORMAL User Limits= 0={MaxTRESPU=cpu=1(0)}
QOS=small(2) UsageRaw=0.000000 GrpJobs=N(0) GrpTRES=cpu=2(0)
`
)

func TestExceedsGroup(t *testing.T) {
	for _, row := range []struct {
		name, partitionQOS, place, limit string
		want                             bool
	}{
		{"no limits", "N/A", "", "", false},
		{"the account's", "N/A", "RADIOLOGY", "cpu=3(0),mem=N(0)", true},
		{"just as much as there is", "N/A", "RADIOLOGY", "cpu=4(4),mem=2048(0)", false},
		{"no jobs at all", "N/A", "JOBS", "0(0)", true},
		{"one above", "N/A", "HOSPITAL", "cpu=N(0),mem=2047(0)", true},
		{"the user's", "N/A", "USER", "gres/gpu=0(0)", true},
		{"a type of which it asks nothing", "N/A", "USER", "gres/gpu:h100=0(0)", false},
		{"the quality of service's", "N/A", "NORMAL", "node=0(0)", true},
		{"the partition's quality of service's", "small", "", "", true},
	} {
		limits := shownLimits
		for _, place := range []string{"HOSPITAL", "RADIOLOGY", "USER", "NORMAL"} {
			if place == row.place {
				limits = strings.Replace(limits, "="+place, "="+row.limit, 1)
			}
			limits = strings.Replace(limits, "="+place, "=cpu=N(0),mem=N(0)", 1)
		}
		if row.place == "JOBS" {
			limits = strings.Replace(limits, "=JOBS", "="+row.limit, 1)
		}
		limits = strings.Replace(limits, "=JOBS", "=N(0)", 1)
		if got := exceedsGroup(words(shownJob), row.partitionQOS, limits); got != row.want {
			t.Errorf("%s: %v", row.name, got)
		}
	}
}
