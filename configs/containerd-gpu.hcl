# A site that runs models on this machine's containerd, with two NVIDIA GPUs by
# CDI. Copy it to /etc/raddeploy/site.hcl, take out what you do not need, and
# check it with `raddeploy validate site.hcl`. What is not explained here is in
# docker.hcl; docs/containerd.md says how to set the machine up. Flows are the
# same as at a site with Docker.

name     = "radonc"             # default "raddeploy"; containers bear it as a label
data_dir = "/var/lib/raddeploy" # default "data"; inputs are laid over what is here, so not on NFS or on an overlay

dicom {
  ae_title = "RADDEPLOY"
  listen   = "0.0.0.0:10000"
}

flows {
  dirs = ["/etc/raddeploy/flows"]
}

static {
  dir = "/var/lib/raddeploy/static"
}

executor "containerd" "local" {
  cpus = 4 # tasks without a GPU at once; default one for each CPU

  # The GPUs that tasks may have, each one task's at a time: by index or UUID,
  # parts of a divided one too, such as "0:1" or "MIG-…". `raddeploy plugin
  # list` shows which there are, and which of these are missing.
  gpus = ["0", "1"]

  # Words of the plugin that flows may use although they weaken the wall between
  # container and host; default none. allow = ["network"]

  # The plugin's own settings. All of them: raddeploy plugin inspect containerd.
  config {
    endpoint  = "unix:///run/containerd/containerd.sock"
    namespace = "raddeploy" # images of other namespaces, such as Kubernetes' k8s.io, are not used

    # Where nvidia-ctk and other tools put what they say of GPUs. Changes are
    # seen within seconds.
    cdi_spec_dirs = ["/etc/cdi", "/var/run/cdi"]

    network = "none" # or host, or cni: the network that cni_config_dir configures

    # registry_hosts = "/etc/containerd/certs.d" # mirrors and certificates, a
    # folder for each registry registry_config =
    # "/etc/raddeploy/registries.json" # credentials, as docker login writes
    # them log_max_size = "500m" # of each of a container's outputs; beyond it
    # the oldest is lost stop_grace = "10s"
  }
}

destination "pacs" {
  host     = "pacs.example.org"
  port     = 104
  ae_title = "PACS"
}

http {
  listen = "127.0.0.1:8080"
}

retention {
  files    = "7d" # objects, inputs and outputs, after the end of the last run that needs them
  # Bytes of the disk that stay free. Below it senders are told to try later, also
  # in the midst of an object, and ready tasks wait.
  reserve  = "10GiB"
  log_size = "100MiB" # how much is kept of each of the two streams that a task prints; 0: all
}
