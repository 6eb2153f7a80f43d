package e2e_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"github.com/raddeploy/raddeploy/core/internal/testenv"
	"github.com/raddeploy/raddeploy/core/phantom"
	"github.com/raddeploy/raddeploy/core/run"
)

// TestScreenshots writes a picture of each page into the folder that
// RADDEPLOY_SCREENSHOTS names: make screenshots.
func TestScreenshots(t *testing.T) {
	dir := os.Getenv("RADDEPLOY_SCREENSHOTS")
	if dir == "" {
		t.Skip("RADDEPLOY_SCREENSHOTS names no folder: run make screenshots")
	}
	executor, flow := boneFlow(t)
	found := programs.NewSite(t, "name = \"radonc\"", executor)
	found.Flow("bone", flow)
	found.Start()
	series, err := phantom.Write(t.TempDir(), phantom.Options{})
	if err != nil {
		t.Fatal(err)
	}
	found.Send(series...)
	done := found.Ended("Bone", run.Done)
	withPictures := open(t, found)
	withPictures.do(chromedp.EmulateViewport(1320, 900))
	withPictures.visit("/ui/runs/" + string(done.ID) + "?series=1&of=1&slice=21&window=bone#pictures")
	withPictures.until("the picture", `document.querySelector("#pictures img").complete && document.querySelector("#pictures img").naturalWidth`)
	picture, err := chromedp.Run(withPictures, chromedp.Screenshot("#pictures"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "pictures.png"), picture, 0o644); err != nil {
		t.Fatal(err)
	}
	c := newCockpit(t)
	c.happens()
	running := c.Run("HeadNeck", "running two folds", testenv.Running(2))
	b := open(t, c.Site)
	for _, shot := range []struct {
		name, path string
		wide       int64
		dark       bool
	}{
		{"now", "/ui/", 1320, false},
		{"now-dark", "/ui/", 1320, true},
		{"now-narrow", "/ui/", 390, false},
		{"run", "/ui/runs/" + string(running.ID), 1320, false},
		{"cancel", "/ui/runs/" + string(running.ID) + "/cancel", 1320, false},
		{"runs", "/ui/runs", 1320, false},
		{"arrivals", "/ui/arrivals", 1320, false},
		{"arrival", "/ui/arrivals/" + string(running.Arrival), 1320, false},
		{"flows", "/ui/flows", 1320, false},
		{"executors", "/ui/executors", 1320, false},
		{"network", "/ui/network", 1320, false},
		{"audit", "/ui/audit", 1320, false},
		{"test", "/ui/test", 1320, false},
	} {
		scheme := "light"
		if shot.dark {
			scheme = "dark"
		}
		b.do(chromedp.EmulateViewport(shot.wide, 900))
		if _, err := chromedp.Call(b, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}},
		}); err != nil {
			t.Fatal(err)
		}
		b.visit(shot.path)
		picture, err := chromedp.Run(b, chromedp.FullScreenshot(100))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, shot.name+".png"), picture, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
