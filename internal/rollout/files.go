package rollout

import (
	"errors"
	"fmt"
)

// files are what a run writes beside its result.
type files struct {
	report      Report
	options     *Options
	log, jobs   *sheet
	recorder    Recorder    // nil unless something needs records
	jobRecorder JobRecorder // nil unless jobs are written
	manyOfEach  bool        // episodes
}

func openFiles(report Report, options *Options, total int) (*files, error) {
	f := &files{report: report, options: options, manyOfEach: total > 1}
	if options.Jobs == nil && options.Drawing == nil {
		return f, nil
	}
	var ok bool
	if f.recorder, ok = report.(Recorder); !ok {
		return nil, errors.New("the report of this environment keeps no records of episodes: ask for neither jobs nor a drawing")
	}
	record, err := f.recorder.NewRecord()
	if err != nil {
		return nil, err
	}
	if options.Jobs != nil {
		f.jobRecorder, ok = report.(JobRecorder)
		if _, knows := record.(JobRecord); !ok || !knows {
			return nil, errors.New("the report of this environment knows no jobs: don't ask for them")
		}
	}
	return f, nil
}

// begin writes headers.
func (f *files) begin() (err error) {
	if f.options.Log != nil {
		if f.log, err = newSheet(f.options.Log, "step log", f.report.LogColumns(), f.manyOfEach); err != nil {
			return err
		}
	}
	if f.jobRecorder != nil {
		f.jobs, err = newSheet(f.options.Jobs, "job log", f.jobRecorder.JobColumns(), f.manyOfEach)
	}
	return err
}

// newRecord starts the record of an episode; nil where nobody needs it.
func (f *files) newRecord(episode int) (Record, error) {
	if f.options.Jobs == nil && (f.options.Drawing == nil || episode > 0) {
		return nil, nil
	}
	return f.recorder.NewRecord()
}

// add writes what an episode has for the files, and drops what is not needed
// any more.
func (f *files) add(policy string, e *episode) error {
	if err := f.log.add(policy, e.index, e.lines); err != nil {
		return err
	}
	if f.jobs != nil {
		if err := f.jobs.add(policy, e.index, e.record.(JobRecord).JobLines()); err != nil {
			return err
		}
	}
	e.lines = nil
	if f.options.Drawing == nil || e.index > 0 {
		e.record = nil
	}
	return nil
}

// draw draws the first episode of every policy that has finished it.
func (f *files) draw(title string, policies []string, played [][]*episode) error {
	if f.options.Drawing == nil {
		return nil
	}
	var drawings []Drawing
	for i, episodes := range played {
		if len(episodes) > 0 && episodes[0].index == 0 {
			drawings = append(drawings, Drawing{policies[i], episodes[0].record})
		}
	}
	if len(drawings) == 0 {
		return nil
	}
	if err := f.recorder.Draw(f.options.Drawing, title, drawings); err != nil {
		return fmt.Errorf("drawing: %w", err)
	}
	return nil
}
