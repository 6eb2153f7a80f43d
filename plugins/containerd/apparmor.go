package containerd

import (
	"fmt"

	profiles "github.com/containerd/containerd/v2/contrib/apparmor"
	"github.com/containerd/containerd/v2/pkg/apparmor"
)

// armorName is the profile that containers get where the site names none. It
// says what Docker's says.
const armorName = "raddeploy-default"

// armor is what the executor needs of the host's AppArmor.
type armor struct {
	supported func() bool
	load      func(name string) error // the default profile under a name; nothing if it is loaded
}

func hostArmor() armor {
	return armor{supported: apparmor.HostSupports, load: profiles.LoadDefaultProfile}
}

// profileOf returns the profile of a container that was asked to have one, or
// "" for none.
func (a armor) profileOf(asked string) (string, error) {
	switch {
	case asked == "unconfined":
		return "", nil
	case asked != "":
		return asked, nil
	case !a.supported():
		return "", nil
	}
	if err := a.load(armorName); err != nil {
		return "", fmt.Errorf("load the AppArmor profile of containers: %w: set apparmor_profile to one that is loaded, or to unconfined", err)
	}
	return armorName, nil
}
