# A site whose models run on a Slurm cluster and, those that need no GPU, on
# this machine's Docker. Copy it to /etc/raddeploy/site.hcl, take out what you
# do not need, and check it with `raddeploy validate site.hcl`. What is not
# explained here is in docker.hcl; docs/slurm.md says what the cluster needs.
# Flows are the same as at a site with Docker; a model says `executor: cluster`
# to be run on the cluster and nowhere else.

name     = "radonc"            # default "raddeploy"; jobs bear it in their names
data_dir = "/shared/raddeploy" # default "data"; on a disk of this host that is exported to the nodes: the database in it must not be on NFS here

dicom {
  ae_title = "RADDEPLOY"
  listen   = "0.0.0.0:10000"
}

flows {
  dirs = ["/etc/raddeploy/flows"]
}

static {
  dir = "/shared/raddeploy-static" # weights and the like; the nodes see it too
}

executor "docker" "local" {
  cpus = 2
}

executor "slurm" "cluster" {
  # How long a task is tried that the cluster could not start, preempted or lost.
  give_up_after = "24h"

  # Words of a model's options that flows may use: partition, account, qos,
  # constraint, gres, args; default none. allow = ["constraint"]

  # The plugin's own settings. All of them: raddeploy plugin inspect slurm.
  config {
    launcher = "charliecloud" # or oci, podman, apptainer, pyxis: what runs containers on the nodes

    # Where the nodes see this host's folders. If given, nothing outside of them
    # can be mounted.
    path_map = {
      "/shared" = "/cluster/home/shared"
    }

    work_dir = "/shared/raddeploy-jobs"   # job scripts, outputs and ends; shared
    cache    = "/shared/raddeploy-images" # images, fetched once for all nodes; shared
    # cache_age = "30d"                   # then an image that no job has used is removed
    scratch  = "/tmp"                     # the nodes' own disk: private copies of inputs; may be "$TMPDIR"

    partition = "gpu"
    account   = "radonc"
    # qos        = "normal"
    # constraint = "avx2"
    # args       = ["--reservation=radiology"]
    # gpus       = "gpus" # --gpus=N; or gres, --gres=gpu:N; or none

    priority_nice = { # a flow's priority, 0 to 5; only an administrator's account can go below 0
      "0" = 1000
      "3" = 0
    }

    submit_rate = 10  # jobs a second at most
    queue_limit = 200 # jobs at once at most; further tasks wait in the agent
    # poll      = "2s" # one squeue for all jobs

    # image_dirs = ["/cluster/images"] # on the nodes: flows may name images
    # there by their paths registry_config = "/etc/raddeploy/registries.json" #
    # credentials, as docker login writes them insecure_registries =
    # ["registry.hospital:5000"]
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
