package deliver

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path"
	"slices"

	"github.com/raddeploy/raddeploy/core/redact"
	"github.com/raddeploy/raddeploy/core/run"
	"github.com/raddeploy/raddeploy/core/scu"
)

// objects returns the files of a delivery. On its first try it lists them;
// afterwards the list is what the database says.
func (d *Deliverer) objects(ctx context.Context, delivery run.Delivery) ([]run.DeliveryObject, error) {
	objects, listed, err := d.Store.DeliveryObjects(ctx, delivery.ID)
	if err != nil || listed {
		return objects, err
	}
	outputs, err := d.Outputs(ctx, delivery.Run)
	if err != nil {
		return nil, err
	}
	// links that lead out of the run's folder are not followed
	root, err := os.OpenRoot(d.Folder(delivery.Run))
	if err != nil {
		return nil, fmt.Errorf("list outputs: %w", redact.Paths(err))
	}
	defer root.Close()
	objects = nil
	for _, output := range outputs {
		files, err := RegularFiles(root, output)
		if err != nil {
			return nil, fmt.Errorf("list output %s: %w", path.Base(output), redact.Paths(err))
		}
		for _, file := range files {
			object := identify(root, file)
			object.Delivery = delivery.ID
			objects = append(objects, object)
		}
	}
	return objects, d.Store.ListObjects(ctx, delivery.ID, objects)
}

// RegularFiles returns the regular files at any depth of a folder, in order. Their
// names may be any bytes, so package io/fs, which wants UTF-8, is not asked.
func RegularFiles(root *os.Root, folder string) ([]string, error) {
	dir, err := root.Open(folder)
	if err != nil {
		return nil, err
	}
	entries, err := dir.ReadDir(-1)
	if err := errors.Join(err, dir.Close()); err != nil {
		return nil, err
	}
	var files []string
	for _, entry := range entries {
		name := folder + "/" + entry.Name()
		switch {
		case entry.IsDir():
			below, err := RegularFiles(root, name)
			if err != nil {
				return nil, err
			}
			files = append(files, below...)
		case entry.Type().IsRegular():
			files = append(files, name)
		}
	}
	slices.Sort(files)
	return files, nil
}

// identify says what a file is. What is not an object, and what cannot be sent, is
// listed with the reason. One that cannot be read now is listed all the same: it
// is read again when it is to be sent, and keeps no other from being sent.
func identify(root *os.Root, name string) run.DeliveryObject {
	object := run.DeliveryObject{File: name, State: run.ObjectPending}
	content, err := root.Open(name)
	if err != nil {
		return object
	}
	defer content.Close()
	file, err := scu.Identify(name, content)
	switch {
	case errors.As(err, new(*scu.NotObjectError)):
		object.State, object.Reason = run.ObjectNotDICOM, err.Error()
	case errors.As(err, new(*scu.UnsendableError)):
		object.State, object.Reason = run.ObjectFailed, err.Error()
	}
	object.SOPClassUID, object.SOPInstanceUID, object.TransferSyntaxUID = file.SOPClassUID, file.SOPInstanceUID, file.TransferSyntaxUID
	return object
}
