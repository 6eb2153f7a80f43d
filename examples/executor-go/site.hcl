# A site to try the plugin with, from this folder:
#
#   go build && raddeploy agent -config site.hcl
#   raddeploy dicom send 127.0.0.1:10000 FOLDER-WITH-DICOM-FILES
#   raddeploy runs
name       = "try-toy"
data_dir   = "data"
plugin_dir = "." # where raddeploy-executor-toy is; without it: the folder plugins beside the agent

executor "toy" {
  cpus = 2
  config {
    # the fields of Config
    slots = 0
  }
}

retention { reserve = "100MiB" }
