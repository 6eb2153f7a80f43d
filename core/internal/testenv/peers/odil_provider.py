"""A provider of C-ECHO and C-STORE, made of odil: PORT FOLDER.

Each object becomes a file that is named by its SOP instance.
"""

import os
import sys

import odil

port, folder = int(sys.argv[1]), sys.argv[2]


def store(request):
    name = str(request.get_affected_sop_instance_uid()).strip("\0 ")
    odil.Writer.write_file(request.get_data_set(), os.path.join(folder, name))
    return 0


def serve():
    association = odil.Association()
    association.receive_association("v4", port)
    echos = odil.EchoSCP(association)
    echos.set_callback(lambda request: 0)
    stores = odil.StoreSCP(association)
    stores.set_callback(store)
    dispatcher = odil.SCPDispatcher(association)
    dispatcher.set_echo_scp(echos)
    dispatcher.set_store_scp(stores)
    while True:
        dispatcher.dispatch()


while True:
    try:
        serve()
    except odil.Exception:
        pass  # the association has ended
