# A site that runs models on this machine's Docker engine. Copy it to
# /etc/raddeploy/site.hcl, take out what you do not need, and check it with
# `raddeploy validate site.hcl`. Every setting has a default, shown here in the
# comment where the value is another one. Relative paths begin at this file's
# folder. RADDEPLOY_<BLOCK>_<KEY> in the environment replaces a setting, such as
# RADDEPLOY_DICOM_LISTEN.

name     = "radonc"             # default "raddeploy"; containers bear it as a label
data_dir = "/var/lib/raddeploy" # default "data"; received objects, runs and state.db. Only this agent may use it

dicom {
  ae_title        = "RADDEPLOY"     # default "RadDeploy"; also the calling AE title when results are sent
  listen          = "0.0.0.0:10000" # default "127.0.0.1:10000"
  check_called_ae = true            # default false: whatever AE title is called
  on_abort        = "hold"          # what an association that broke off brought: hold, process or discard

  # What objects make an arrival that flows are matched against, unless a flow
  # says otherwise; docs/arrivals.md.
  complete {
    on = "association" # or series, study: all objects of one UID, by any number of associations
    # idle        = "5m"  # complete when nothing came for so long; default 60s for a series
    # max_wait    = "1h"  # after the first object, complete regardless
    # expect      = [{ Modality = "^RTSTRUCT$" }] # has to come before idle counts; default none
    # late        = "rerun" # or hold, ignore: what follows when more comes after that
    # late_window = "24h"
  }

  # Without a peer anybody may send. With one or more, only they may: by AE
  # title, by address, or by both.
  peer "ct1" {
    ae_title  = "CT1"
    addresses = ["10.1.2.3"]
  }
  peer "workstations" {
    addresses = ["10.1.16.0/20"]
  }

  # Associations with this agent by TLS 1.2 or newer; with client_ca_file only
  # those with a certificate.
  # tls {
  #   cert_file      = "tls/agent.pem"
  #   key_file       = "tls/agent.key"
  #   client_ca_file = "tls/hospital-ca.pem"
  #   profile        = "bcp195" # or bcp195-nd, bcp195-ex: PS3.15 B.9, B.10, B.11
  # }

  # A further address, side by side with the first.
  # listener "tls" {
  #   listen           = "0.0.0.0:2762"
  #   called_ae_titles = ["RADDEPLOY"] # default any
  #   tls {
  #     cert_file = "tls/agent.pem"
  #     key_file  = "tls/agent.key"
  #   }
  # }

  # max_associations = 64     # at once
  # max_pdu          = 262144 # bytes that a peer may send in one piece
  # idle_timeout     = "5m"   # an association without a word for so long is aborted
  # source_port      = 10005  # sends from one port, for firewalls, and then over one
  #                           # association at a time with each address; default any
}

flows {
  dirs = ["/etc/raddeploy/flows"] # default "flows"; looked at every second, so that a changed file needs no restart
}

static {
  dir = "/var/lib/raddeploy/static" # default "static"; what flows name as static_mounts: folders, .tar, .tar.gz, .tar.zst, .tar.xz, .tar.bz2
}

# Sub-folders of what a model gets as src, by the values of tags; default none.
# tar_subdir = ["StudyInstanceUID", "SeriesInstanceUID"]

executor "docker" "local" {
  cpus = 2   # tasks without a GPU at once; default one for each CPU. Executors of one host share its slots: as many as the largest cpus says
  gpus = []  # such as ["0", "1"], by index, UUID or CDI name; each is given to one task at a time, whichever executors of the host list it

  # How long a task is tried, with growing pauses, that this executor could not start
  # or lost: an engine without its network, a host that was restarted.
  give_up_after = "24h"

  # Words of docker that flows may use although they weaken the wall between
  # container and host; default none.
  # allow = ["network", "devices"]

  # The program has to be this one, or it is not started.
  # sha256 = "…"

  # The plugin's own settings.
  config {
    endpoint = "unix:///var/run/docker.sock"
    network  = "none" # default: the engine's. A flow that needs the network then needs allow = ["network"]

    # registry_config = "/etc/raddeploy/registries.json" # as docker login writes it
    # stop_grace      = "10s"
  }
}

# Flows name it as `destinations: [pacs]`. One may also write host, port and
# ae_title into the flow: where they are those of a destination here, all that is
# said of it here counts there too.
destination "pacs" {
  host     = "pacs.example.org"
  port     = 104
  ae_title = "PACS"
  # tls { ca_file = "tls/hospital-ca.pem" }
  # calling_ae      = "SEG"  # our own title there; default dicom { ae_title }
  # associations    = 4      # at once; default 1
  # max_pdu         = 262144 # bytes that it may send in one piece
  # connect_timeout = "30s"  # for the connection and its negotiation
  # timeout         = "5m"   # for the answer to an object, or to take more of it
  # release_timeout = "30s"  # for the answer to a release
  # decompress      = true   # objects in a transfer syntax that it does not take, by
  #                          # dcmtk's programs and gdcmconv; default false
}

# What a destination could not take now is tried again: after retry_min,
# doubling up to retry_max, until give_up_after.
deliver {
  retry_min     = "5s"
  retry_max     = "10m"
  give_up_after = "24h"
}

http {
  listen = "127.0.0.1:8080" # elsewhere needs tls { cert_file = … key_file = … }, and everybody a token or a login
  # socket        = "agent.sock" # of the command line; default in data_dir
  # socket_group  = "radops"     # its members are operators; default the agent's own user alone
  # require_token = true         # on loopback, too; default where tasks can use the host's network
  # trusted_proxies = ["10.0.0.5"] # whose X-Forwarded-For counts
  # url           = "https://rad.example.org" # of the pages, for links in messages
}

# People are told what failed, is held and has recovered; docs/notify.md has every
# setting, and `raddeploy notify test physicist` sends a test message.
# notify "physicist" {
#   on    = ["failed", "held", "recovered", "digest"]
#   flows = ["lungs", "brain-*"] # default: all, and what belongs to no flow
#   email {
#     to            = ["physicist@example.org"]
#     owner         = true # to the flow's owner, too
#     from          = "raddeploy@example.org"
#     host          = "mail.example.org" # STARTTLS on port 587
#     username      = "raddeploy"
#     password_file = "/etc/raddeploy/mail.password"
#   }
# }
# notify "oncall" {
#   webhook {
#     url        = "https://chat.example.org/hooks/raddeploy"
#     token_file = "/etc/raddeploy/hook.token"
#   }
# }

# What nobody needs any more is removed at its age, files first: see "Disk and
# retention" in docs/operate.md, and `raddeploy retention` for what goes when.
# A syslog server that is told of each change, look and login; docs/security.md.
# audit {
#   syslog {
#     address = "siem.example.org:6514"
#     ca_file = "tls/hospital-ca.pem" # default: those that the host trusts
#   }
# }

retention {
  files     = "7d"   # objects, inputs and outputs, after the end of the last run that needs them
  logs      = "400d" # what tasks printed
  runs      = "400d" # what is known of arrivals and runs; nothing of them is kept longer
  files_min = "1h"   # within twice the reserve, finished files that are older go early, the oldest first

  # Bytes of the disk that stay free. Below it senders are told to try later, also
  # in the midst of an object, and ready tasks wait.
  reserve  = "10GiB"
  log_size = "100MiB" # how much is kept of each of the two streams that a task prints; 0: all
}

log {
  level  = "info" # trace, debug, info, warn, error
  format = "text" # or json
}
