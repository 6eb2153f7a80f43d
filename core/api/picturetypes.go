package api

import (
	"net/url"
	"strconv"

	"github.com/raddeploy/raddeploy/core/picture"
)

// Pictures are those that there are of the objects of an arrival or of a run.
type Pictures struct {
	Series []PictureSeries `json:"series"`
	// None says why there is no series at all, and Notes what is not among them.
	None  string   `json:"none,omitempty"`
	Notes []string `json:"notes,omitempty"`
}

// PictureSeries is slices that lie in the order in which they are in the patient.
type PictureSeries struct {
	Series         int              `json:"series"` // its number, from 1
	Output         bool             `json:"output"` // a model wrote it
	Modality       string           `json:"modality"`
	Description    string           `json:"description"`
	Rows           int              `json:"rows"` // of the slice in the middle
	Columns        int              `json:"columns"`
	Slices         int              `json:"slices"`
	Middle         int              `json:"middle"` // the number of that slice, from 1
	TransferSyntax string           `json:"transfer_syntax"`
	Cannot         string           `json:"cannot,omitempty"` // why it cannot be drawn on this machine
	Windows        []picture.Window `json:"windows"`
	Over           []PictureOver    `json:"over"`
}

// PictureOver is what can be drawn over a series: a segment, or a region.
type PictureOver struct {
	Over   int           `json:"over"`   // its number, from 1
	Output bool          `json:"output"` // a model wrote it
	Kind   string        `json:"kind"`   // the modality of its object: SEG, RTSTRUCT
	Name   string        `json:"name"`
	Color  picture.Color `json:"color"`
	Cannot string        `json:"cannot,omitempty"` // why it cannot be drawn on this machine
}

// PictureQuery says what picture is wanted.
type PictureQuery struct {
	Series, Slice int    // from 1
	Window        string // see [picture.ParseWindow]
	Over          []int  // what is drawn over it
}

// values are the parameters of a picture's address.
func (q PictureQuery) values() url.Values {
	v := url.Values{}
	if q.Window != "" {
		v.Set("window", q.Window)
	}
	for _, n := range q.Over {
		v.Add("over", strconv.Itoa(n))
	}
	return v
}

// Path is where a picture is, below the address of the pictures.
func (q PictureQuery) Path() string {
	path := strconv.Itoa(q.Series) + "/" + strconv.Itoa(q.Slice)
	if v := q.values(); len(v) > 0 {
		path += "?" + v.Encode()
	}
	return path
}
