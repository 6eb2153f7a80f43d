package configs_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/raddeploy/raddeploy/core/metrics"
)

// Prometheus's own tool takes the files, and each alert fires and stays silent
// where its cases say so.
func TestAlerts(t *testing.T) {
	promtool := tool(t, "promtool")
	for _, args := range [][]string{
		{"check", "config", "prometheus.yml"},
		{"check", "rules", "raddeploy.rules.yml"},
		{"test", "rules", "raddeploy.rules.test.yml"},
		{"test", "rules", "raddeploy.habits.test.yml"},
	} {
		t.Run(strings.Join(args, " "), func(t *testing.T) {
			args[2] = filepath.Join("prometheus", args[2])
			if output, err := exec.CommandContext(t.Context(), promtool, args...).CombinedOutput(); err != nil {
				t.Errorf("%v\n%s", err, output)
			}
		})
	}
}

// Each alert has a case that fires and one that does not, says what it means and
// what to do, and is listed in the manual.
func TestEachAlertHasCases(t *testing.T) {
	manual := read(t, "../docs/operate.md")
	cases := read(t, "prometheus/raddeploy.rules.test.yml") + read(t, "prometheus/raddeploy.habits.test.yml")
	alerts := 0
	for _, rule := range rules(t) {
		if rule.Alert == "" {
			continue
		}
		alerts++
		if !strings.Contains(cases, "name: "+rule.Alert+" fires") || !strings.Contains(cases, `name: "`+rule.Alert+" does not: ") {
			t.Errorf("%s has no case that fires, or none that does not", rule.Alert)
		}
		if rule.Annotations["summary"] == "" || rule.Annotations["action"] == "" || rule.Labels["severity"] == "" {
			t.Errorf("%s has no summary, action or severity", rule.Alert)
		}
		if !strings.Contains(manual, "`"+rule.Alert+"`") {
			t.Errorf("docs/operate.md does not tell of %s", rule.Alert)
		}
	}
	if alerts < 20 {
		t.Errorf("%d alerts were found", alerts)
	}
}

// A count in an alert's text stands with the right number: "1 arrivals wait" is a slip
// that a rule with a bare count makes.
func TestCountsInAlertsHaveTheirNumber(t *testing.T) {
	counts := 0
	for _, r := range rules(t) {
		for _, text := range r.Annotations {
			if !regexp.MustCompile(`\{\{-? *\$value *-?\}\}`).MatchString(text) {
				continue
			}
			counts++
			if !regexp.MustCompile(`(eq|ne) \$value 1\.0`).MatchString(text) {
				t.Errorf("%s says the same of one and of several: %s", r.Alert, text)
			}
		}
	}
	if counts < 4 {
		t.Errorf("%d texts with a count were found", counts)
	}
}

type rule struct {
	Alert       string            `yaml:"alert"`
	Expr        string            `yaml:"expr"`
	Labels      map[string]string `yaml:"labels"`
	Annotations map[string]string `yaml:"annotations"`
}

func rules(t *testing.T) (all []rule) {
	t.Helper()
	var file struct {
		Groups []struct {
			Rules []rule `yaml:"rules"`
		} `yaml:"groups"`
	}
	if err := yaml.Unmarshal([]byte(read(t, "prometheus/raddeploy.rules.yml")), &file); err != nil {
		t.Fatal(err)
	}
	for _, group := range file.Groups {
		all = append(all, group.Rules...)
	}
	return all
}

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// What alerts and dashboards ask for is what the agent tells: a name that was
// changed there and not here would never fire.
func TestAlertsAndDashboardsNameMetricsThatExist(t *testing.T) {
	known := metrics.Reference()
	texts := map[string]string{"raddeploy.json": read(t, "grafana/raddeploy.json")}
	for _, r := range rules(t) {
		texts[r.Alert] = r.Expr
	}
	named := 0
	for where, text := range texts {
		for _, name := range slices.Compact(slices.Sorted(slices.Values(regexp.MustCompile(`\braddeploy_\w+`).FindAllString(text, -1)))) {
			named++
			whole := regexp.MustCompile(`_(bucket|sum|count)$`).ReplaceAllString(name, "")
			if !strings.Contains(known, "`"+name+"`") && !strings.Contains(known, "`"+whole+"`") {
				t.Errorf("%s asks for %s, which the agent does not tell", where, name)
			}
		}
	}
	if named < 40 {
		t.Errorf("%d names were found", named)
	}
}
