# The site of this machine's agent: see /usr/share/doc/raddeploy/README.md, and
# /usr/share/doc/raddeploy/configs for whole sites with every setting explained.
# After a change: raddeploy validate /etc/raddeploy/site.hcl
#                 systemctl reload raddeploy

data_dir = "/var/lib/raddeploy"

dicom {
  ae_title = "RADDEPLOY"
  listen   = "127.0.0.1:10000" # "0.0.0.0:10000" lets scanners in; then name them by peer blocks
}

# Flow files: /etc/raddeploy/flows
flows {
  dirs = ["flows"]
}

# Without an executor block, the best that is found on this machine runs the models.
# For Docker: adduser raddeploy docker && systemctl restart raddeploy
