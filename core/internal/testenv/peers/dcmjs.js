// dcmjs-dimse as user and as provider:
//   echo HOST PORT
//   store HOST PORT FILE...
//   serve PORT FOLDER: each object becomes a file that is named by its SOP instance
const fs = require('fs');
const path = require('path');
const dimse = require('dcmjs-dimse');
const { Client, Server, Scp, Transcoding, requests, responses, constants } = dimse;
const { Status, PresentationContextResult } = constants;

dimse.log.setLevel('error');
const [what, ...args] = process.argv.slice(2);

// ask sends requests and ends with the number of those that failed.
async function ask(host, port, all) {
  await Transcoding.initializeAsync();
  const client = new Client();
  let failed = all.length;
  for (const request of all) {
    request.on('response', (response) => {
      failed -= response.getStatus() === Status.Success ? 1 : 0;
    });
    client.addRequest(request);
  }
  client.on('networkError', (error) => {
    console.log(error);
    process.exit(1);
  });
  client.on('closed', () => process.exit(failed));
  client.send(host, Number(port), 'DCMJS', 'SCP');
}

class Provider extends Scp {
  associationRequested(association) {
    for (const { id } of association.getPresentationContexts()) {
      const context = association.getPresentationContext(id);
      context.setResult(PresentationContextResult.Accept, context.getTransferSyntaxUids()[0]);
    }
    this.sendAssociationAccept();
  }

  cEchoRequest(request, callback) {
    const response = responses.CEchoResponse.fromRequest(request);
    response.setStatus(Status.Success);
    callback(response);
  }

  cStoreRequest(request, callback) {
    const response = responses.CStoreResponse.fromRequest(request);
    request.getDataset().toFile(path.join(args[1], request.getAffectedSopInstanceUid()));
    response.setStatus(Status.Success);
    callback(response);
  }

  associationReleaseRequested() {
    this.sendAssociationReleaseResponse();
  }
}

switch (what) {
  case 'echo':
    ask(args[0], args[1], [new requests.CEchoRequest()]);
    break;
  case 'store':
    ask(args[0], args[1], args.slice(2).map((file) => new requests.CStoreRequest(file)));
    break;
  case 'serve':
    new Server(Provider).listen(Number(args[0]));
}
