package deliver

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
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
		files, err := regularFiles(root, output)
		if err != nil {
			return nil, fmt.Errorf("list output %s: %w", path.Base(output), redact.Paths(err))
		}
		for _, file := range files {
			object, err := identify(root, file)
			if err != nil {
				return nil, fmt.Errorf("read output %s: %w", path.Base(output), redact.Paths(err))
			}
			object.Delivery = delivery.ID
			objects = append(objects, object)
		}
	}
	return objects, d.Store.ListObjects(ctx, delivery.ID, objects)
}

// regularFiles returns the regular files at any depth of a folder, in order.
func regularFiles(root *os.Root, folder string) ([]string, error) {
	var files []string
	err := fs.WalkDir(root.FS(), folder, func(name string, entry fs.DirEntry, err error) error {
		if err == nil && entry.Type().IsRegular() {
			files = append(files, name)
		}
		return err
	})
	slices.Sort(files)
	return files, err
}

// identify says what a file is. What is no DICOM object is listed, and not sent.
func identify(root *os.Root, name string) (run.DeliveryObject, error) {
	object := run.DeliveryObject{File: name, State: run.ObjectPending}
	content, err := root.Open(name)
	if err != nil {
		return object, err
	}
	defer content.Close()
	file, err := scu.Identify(name, content)
	if errors.Is(err, scu.ErrNotSendable) {
		object.State, object.Reason, err = run.ObjectNotDICOM, err.Error(), nil
	}
	object.SOPClassUID, object.SOPInstanceUID, object.TransferSyntaxUID = file.SOPClassUID, file.SOPInstanceUID, file.TransferSyntaxUID
	return object, err
}
