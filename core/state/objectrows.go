package state

import (
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/raddeploy/raddeploy/core/dcm"
	"github.com/raddeploy/raddeploy/core/run"
)

// Each value that passes between Go and the database one by one takes two
// allocations, and objects have eleven and come by the thousand. So all objects
// of a call are written by one statement, from one JSON text, and each is read as
// one text.

// insertObjects records objects and returns the id of the first. Those of the
// others follow.
func insertObjects(tx *transaction, objects []run.Object) (first int64, err error) {
	result, err := tx.Exec(`INSERT INTO object (file, sop_class, sop_instance, transfer_syntax, study, series, modality, patient, size, received)
		SELECT value->>0, value->>1, value->>2, value->>3, value->>4, value->>5, value->>6, value->>7, value->>8, value->>9 FROM json_each(?)`,
		encodeObjects(objects))
	if err != nil {
		return 0, err
	}
	return firstOf(result, len(objects))
}

// firstOf returns the id of the first of n rows that a statement has added.
func firstOf(result sql.Result, n int) (int64, error) {
	added, err := result.RowsAffected()
	if err != nil {
		return 0, err
	}
	if added != int64(n) {
		return 0, fmt.Errorf("%d rows were added, not %d", added, n)
	}
	last, err := result.LastInsertId()
	return last - int64(n) + 1, err
}

// encodeObjects returns objects as a JSON array with an array for each.
func encodeObjects(objects []run.Object) string {
	b := make([]byte, 0, 2+len(objects)*512)
	b = append(b, '[')
	for i := range objects {
		o := &objects[i]
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, '[')
		for _, text := range [...]string{o.File, string(o.SOPClassUID), string(o.SOPInstanceUID), string(o.TransferSyntaxUID),
			string(o.StudyUID), string(o.SeriesUID), o.Modality, o.Patient} {
			b = append(appendText(b, text), ',')
		}
		b = append(strconv.AppendInt(b, o.Size, 10), ',')
		b = append(strconv.AppendInt(b, stamp(o.Received), 10), ']')
	}
	return string(append(b, ']'))
}

// appendText appends a text as a JSON string. Bytes that are not UTF-8 stay as they
// are, which encoding/json would replace.
func appendText(b []byte, text string) []byte {
	const hex = "0123456789abcdef"
	b = append(b, '"')
	for i := range len(text) {
		switch c := text[i]; {
		case c == '"' || c == '\\':
			b = append(b, '\\', c)
		case c < ' ':
			b = append(b, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		default:
			b = append(b, c)
		}
	}
	return append(b, '"')
}

// objectColumn is an object o as one text: its numbers and the lengths of its
// texts in bytes, a space behind each, then the texts.
const objectColumn = `concat(o.id, ' ', o.size, ' ', o.received, ' ', octet_length(o.file), ' ', octet_length(o.sop_class), ' ',
	octet_length(o.sop_instance), ' ', octet_length(o.transfer_syntax), ' ', octet_length(o.study), ' ', octet_length(o.series), ' ',
	octet_length(o.modality), ' ', octet_length(o.patient), ' ',
	o.file, o.sop_class, o.sop_instance, o.transfer_syntax, o.study, o.series, o.modality, o.patient)`

var errObjectColumn = errors.New("an object is not as it was asked for")

// decodeObject reads an [objectColumn]. The object's texts are parts of it.
func decodeObject(text string) (o run.Object, err error) {
	var numbers [11]int64
	for i := range numbers {
		digits, rest, _ := strings.Cut(text, " ")
		if numbers[i], err = strconv.ParseInt(digits, 10, 64); err != nil {
			return o, errObjectColumn
		}
		text = rest
	}
	o.ID, o.Size, o.Received = numbers[0], numbers[1], unstamp(numbers[2])
	var texts [8]string
	for i, length := range numbers[3:] {
		if length < 0 || length > int64(len(text)) {
			return o, errObjectColumn
		}
		texts[i], text = text[:length], text[length:]
	}
	o.File, o.SOPClassUID, o.SOPInstanceUID, o.TransferSyntaxUID = texts[0], dcm.UID(texts[1]), dcm.UID(texts[2]), dcm.UID(texts[3])
	o.StudyUID, o.SeriesUID, o.Modality, o.Patient = dcm.UID(texts[4]), dcm.UID(texts[5]), texts[6], texts[7]
	return o, nil
}

func scanObjects(rows found) ([]run.Object, error) {
	var text string
	target := []any{&text}
	return scanRows(rows, func(scan func(...any) error) (run.Object, error) {
		if err := scan(target...); err != nil {
			return run.Object{}, err
		}
		return decodeObject(text)
	})
}
