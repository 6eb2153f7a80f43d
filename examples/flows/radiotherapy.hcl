# Radiotherapy: a planning CT, and the structures that were drawn on it, come by
# two associations. Five folds of a model run at once, each on a GPU; a last
# model joins what they found. The result goes to the archive, to the planning
# system, and back to whoever sent.
#
# It runs as it stands: busybox is in the place of the models' images, and the
# shell in the place of what they do. On a machine without a GPU try it with
#
#     raddeploy flow run examples/flows/radiotherapy.hcl -var gpu=false -on DIR -out DIR

variable "gpu" {
  description = "Whether each fold needs a GPU"
  default     = true
}

variable "folds" {
  description = "How many folds the model has"
  default     = 5
}

locals {
  image = "busybox"
  folds = range(var.folds)
}

flow "radiotherapy" {
  version  = "1"
  priority = 4
  owner    = "radiotherapy physics"

  # Both triggers must select an object, and `complete` waits until both have
  # come: from one sender or two, in whatever order.
  trigger { Modality = "^CT$" }
  trigger { Modality = "^RTSTRUCT$" }

  complete {
    on       = "study"
    expect   = [{ Modality = "^CT$" }, { Modality = "^RTSTRUCT$" }]
    idle     = "2m"    # when both are there, and nothing came for so long
    max_wait = "2h"    # not later; without an RTSTRUCT the flow does not start then
    late     = "rerun" # structures that are drawn anew run it again, on everything
  }

  dynamic "model" {
    for_each = local.folds
    iterator = fold
    labels   = ["fold ${fold.value}"]
    content {
      image         = local.image
      command       = ["sh", "-c", "ls /input/CT_* | wc -l >/output/slices.txt"]
      gpu           = var.gpu
      timeout       = "20m"
      output_mounts = { "fold${fold.value}" = "/output" }
    }
  }

  # Waits for all folds. It has what they wrote, and once more what was received.
  model "join" {
    image        = local.image
    command      = ["sh", "-c", "cat /fold*/slices.txt && cp /input/RTSTRUCT_* /output/"]
    input_mounts = merge({ src = "/input" }, { for i in local.folds : "fold${i}" => "/fold${i}" })
  }

  destination {
    host     = "pacs.example.org"
    port     = 104
    ae_title = "ARCHIVE"
  }
  destination {
    host     = "planning.example.org"
    port     = 104
    ae_title = "PLANNING"
  }
  return_to_sender_on_ports = [11112] # of every sender, at its own address and AE title
}
