# The flow of full.yaml in HCL, with another name: the two mean the same.
flow "FancyFlow in HCL" {
  version                   = "1.02"
  priority                  = 4
  return_to_sender_on_ports = [104]

  trigger {
    Modality          = "CT"
    SeriesDescription = "Head|Neck|Brain"
  }
  trigger {
    SOPClassUID      = "1.2.840.10008.5.1.4.1.1.4"
    StudyDescription = "AutoSegProtocol"
  }

  model {
    docker_kwargs = {
      image       = "busybox"
      command     = "sh -c 'echo $CONTAINER_ORDER; cp -r /input /output/'"
      environment = { CONTAINER_ORDER = 0 }
    }
    output_mounts = { first = "/output" }
  }
  model {
    docker_kwargs = {
      image       = "busybox"
      command     = "sh -c 'echo $CONTAINER_ORDER; cp -r /input /output/'"
      environment = { CONTAINER_ORDER = 1 }
    }
    gpu           = true
    input_mounts  = { first = "/input" }
    static_mounts = { AwesomeModel1 = "/model" }
  }

  destination { host = "localhost", port = 10001, ae_title = "STORESCP" }
  destination { host = "storage.some-system.org", port = 104, ae_title = "FANCYSTORE" }

  extra = {
    INTERESTING_PARAMETER   = "FooBar"
    USED_FOR_CUSTOM_SERVICE = "Niiice"
  }
}
