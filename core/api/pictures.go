package api

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/raddeploy/raddeploy/core/picture"
	"github.com/raddeploy/raddeploy/core/state"
)

// ArrivalPictures says what pictures there are of an arrival.
func (s *Server) ArrivalPictures(ctx context.Context, prefix string) (Pictures, error) {
	found, err := s.from.DB.Arrival(ctx, prefix)
	if err != nil {
		return Pictures{}, err
	}
	return s.pictures(ctx, arrivalObjects(s, found))
}

// ArrivalPicture draws a picture of an arrival, as a PNG.
func (s *Server) ArrivalPicture(ctx context.Context, prefix string, q PictureQuery) ([]byte, error) {
	found, err := s.from.DB.Arrival(ctx, prefix)
	if err != nil {
		return nil, err
	}
	return s.draw(ctx, arrivalObjects(s, found), q)
}

// RunPictures says what pictures there are of what a run was given and wrote.
func (s *Server) RunPictures(ctx context.Context, prefix string) (Pictures, error) {
	found, err := s.from.DB.Run(ctx, prefix)
	if err != nil {
		return Pictures{}, err
	}
	return s.pictures(ctx, runObjects(s, found))
}

// RunPicture draws a picture of what a run was given or wrote, as a PNG.
func (s *Server) RunPicture(ctx context.Context, prefix string, q PictureQuery) ([]byte, error) {
	found, err := s.from.DB.Run(ctx, prefix)
	if err != nil {
		return nil, err
	}
	return s.draw(ctx, runObjects(s, found), q)
}

// pictures describes what is in the files of an arrival or run.
func (s *Server) pictures(ctx context.Context, of *pictured) (Pictures, error) {
	if s.from.Drawer == nil {
		of.none = "This agent draws no pictures."
	}
	if of.none != "" {
		return Pictures{Series: []PictureSeries{}, None: of.none}, nil
	}
	all, err := s.drawn.of(ctx, of)
	if err != nil {
		return Pictures{}, err
	}
	shown := Pictures{Series: convert(all.series, seriesOf), Notes: slices.Clone(all.notes)}
	for i := range shown.Series {
		shown.Series[i].Series = i + 1
	}
	if len(shown.Series) == 0 {
		shown.None = "None of its objects is an image."
	}
	return shown, nil
}

func seriesOf(s *picture.Series) PictureSeries {
	middle := s.Slices[s.Middle()].Object
	shown := PictureSeries{
		Output: s.Output, Modality: s.Modality, Description: s.Description, Rows: s.Rows, Columns: s.Columns, Slices: len(s.Slices), Middle: s.Middle() + 1,
		TransferSyntax: middle.Syntax.Name(), Cannot: reason(picture.Missing(middle.Syntax)), Windows: s.Windows, Over: []PictureOver{},
	}
	for i, o := range s.Overlays {
		shown.Over = append(shown.Over, PictureOver{
			Over: i + 1, Output: o.Object.Output, Kind: o.Object.Modality, Name: o.Name, Color: o.Color, Cannot: reason(picture.Missing(o.Object.Syntax)),
		})
	}
	return shown
}

func reason(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// draw draws a picture.
func (s *Server) draw(ctx context.Context, of *pictured, q PictureQuery) ([]byte, error) {
	window, err := picture.ParseWindow(q.Window)
	if err != nil {
		return nil, &badRequest{err.Error()}
	}
	if s.from.Drawer == nil || of.none != "" {
		return nil, fmt.Errorf("%s: %w", of.name, state.ErrNotFound)
	}
	all, err := s.drawn.of(ctx, of)
	if err != nil {
		return nil, err
	}
	if q.Series < 1 || q.Series > len(all.series) || q.Slice < 1 || q.Slice > len(all.series[q.Series-1].Slices) {
		return nil, fmt.Errorf("slice %d of series %d of %s: %w", q.Slice, q.Series, of.name, state.ErrNotFound)
	}
	series := all.series[q.Series-1]
	slice := series.Slices[q.Slice-1]
	job := picture.Job{Frame: slice.Frame, Window: window, Step: series.Step}
	objects := []*picture.Object{slice.Object}
	for _, n := range slices.Compact(slices.Sorted(slices.Values(q.Over))) { // those of one object follow each other
		if n < 1 || n > len(series.Overlays) {
			return nil, fmt.Errorf("what is number %d over series %d of %s: %w", n, q.Series, of.name, state.ErrNotFound)
		}
		over := series.Overlays[n-1]
		if over.Object != objects[len(objects)-1] {
			objects, job.Over = append(objects, over.Object), append(job.Over, picture.Over{})
		}
		last := &job.Over[len(job.Over)-1]
		last.Items = append(last.Items, over.Item)
	}
	stored := make([]picture.Stored, len(objects))
	for i, o := range objects {
		file, err := of.open(o)
		if err != nil {
			return nil, &picture.CannotError{Cause: errors.New("its file is not there any more")}
		}
		defer file.Close()
		stored[i] = picture.Stored{File: file, Syntax: o.Syntax}
	}
	return s.from.Drawer.Draw(ctx, job, stored)
}
