"""An executor plugin without Go: it runs the tasks of flows as processes of this host.

serve      what makes a program a plugin: the handshake, mutual TLS, the end with the agent
contract   the messages and errors of raddeploy.executor.v1
calls      the executor's answer to each call
attempt    the folder that holds the truth about one attempt
supervise  the process that runs one task and writes down how it ended
root       the file system that a task sees
"""
