# The DAG of dag.yaml in HCL: the folds of a segmentation model run in parallel,
# and a last model joins what they write. How many folds there are is a
# variable: RADDEPLOY_VAR_folds=3 in the agent's environment, or -var folds=3 on
# the command line.
variable "folds" {
  description = "How many folds the model has"
  default     = 5
}

locals {
  image = "busybox"
  folds = range(var.folds)
}

flow "folds" {
  version = "1"

  trigger { Modality = "^CT$" }

  dynamic "model" {
    for_each = local.folds
    iterator = fold
    labels   = ["fold ${fold.value}"]
    content {
      image         = local.image
      command       = ["sh", "-c", "touch /output/SEG_${fold.value}"]
      output_mounts = { "seg${fold.value}" = "/output" }
    }
  }

  model "join" {
    image        = local.image
    command      = ["sh", "-c", "cp /input*/* /output/; ls -la /output"] # $${NAME} would be a variable of the shell
    input_mounts = { for i in local.folds : "seg${i}" => "/input${i}" }
    timeout      = "30m"
  }
}
