package api

import (
	"time"

	"google.golang.org/protobuf/encoding/protowire"
)

// The numbers of an entry's fields, and of the one that is read in its
// partial_log_metadata.
const (
	fieldSource   = 1
	fieldTime     = 2 // nanoseconds
	fieldLine     = 3 // without its end
	fieldPartial  = 4 // not a whole line
	fieldMetadata = 5
	fieldLast     = 1 // the last piece of a line
)

// decodeEntry reads one entry, and adds the end of the line where there was
// one. The entry's memory is written to.
func decodeEntry(entry []byte) (message LogMessage, source []byte, err error) {
	var partial, last bool
	err = eachField(entry, func(number protowire.Number, value uint64, text []byte) error {
		switch number {
		case fieldSource:
			source = text
		case fieldTime:
			message.Time = time.Unix(0, int64(value)).UTC()
		case fieldLine:
			message.Data = text
		case fieldPartial:
			partial = value != 0
		case fieldMetadata:
			return eachField(text, func(number protowire.Number, value uint64, _ []byte) error {
				last = last || number == fieldLast && value != 0
				return nil
			})
		}
		return nil
	})
	if err == nil && (string(source) != "stdout" && string(source) != "stderr" || message.Time.IsZero()) {
		err = ErrForeignLog
	}
	if !partial || last {
		// over what is behind it in the record, which has been read
		message.Data = append(message.Data, '\n')
	}
	return message, source, err
}

func eachField(data []byte, each func(number protowire.Number, value uint64, text []byte) error) error {
	for len(data) > 0 {
		number, kind, n := protowire.ConsumeTag(data)
		if n < 0 {
			return ErrForeignLog
		}
		data = data[n:]
		var value uint64
		var text []byte
		switch kind {
		case protowire.VarintType:
			value, n = protowire.ConsumeVarint(data)
		case protowire.BytesType:
			text, n = protowire.ConsumeBytes(data)
		default:
			n = protowire.ConsumeFieldValue(number, kind, data)
		}
		if n < 0 {
			return ErrForeignLog
		}
		data = data[n:]
		if err := each(number, value, text); err != nil {
			return err
		}
	}
	return nil
}
