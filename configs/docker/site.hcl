# The site of an agent in a container. Mount another one over /etc/raddeploy/site.hcl, and
# flows into /etc/raddeploy/flows. configs/docker.hcl explains every setting.

name = "container"

# On a volume, under the same path inside and outside of the container: Docker is told
# paths of its own host.
data_dir = "/var/lib/raddeploy/data"

dicom {
  ae_title = "RADDEPLOY"
  listen   = "127.0.0.1:10000" # "0.0.0.0:10000" lets scanners in; then name them by peer blocks
}

flows {
  dirs = ["flows"]
}

executor "docker" {
  cpus = 2
}
