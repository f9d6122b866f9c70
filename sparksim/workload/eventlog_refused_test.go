package workload

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
)

func TestEventLogRefuses(t *testing.T) {
	var small eventLogText
	small.executor("1", 2)
	small.job(0, 100, query("3"), stageText{id: 0, tasks: 1}, stageText{id: 1, tasks: 2, parents: []int{0}})
	small.submit(0, 1)
	small.task(taskText{stage: 0, from: 110, to: 120, bytes: 8})
	small.submit(1, 2)
	small.task(taskText{stage: 1, index: 0, partition: 0, from: 120, to: 130})
	small.task(taskText{stage: 1, index: 1, partition: 1, from: 120, to: 140})
	small.jobEnd(0, 150, "JobSucceeded")
	text := string(small.done())
	mustReadEventLog(t, []byte(text), EventLogOptions{})
	const cutRemedy = "; give the log of an application that has ended, or allow an incomplete log to get the jobs that completed"

	for name, test := range map[string]struct {
		old, new string // in the small log, all of them
		says     string
	}{
		"empty":                 {text, "", "log: event log: ends without SparkListenerApplicationEnd: the application was still running, or the log was cut off" + cutRemedy},
		"still running":         {`"SparkListenerApplicationEnd"`, `"SparkListenerOther"`, "log: line 9: event log: ends without SparkListenerApplicationEnd"},
		"cut off":               {`"Completion Time":150,` + rest(text, `"Completion Time":150,`), `"Compl`, "log: line 8: SparkListenerJobEnd: line: is cut off" + cutRemedy},
		"not JSON":              {`"Finish Time":120`, `"Finish Time":12O`, `log: line 4: SparkListenerTaskEnd: line: is not JSON: invalid character 'O' after object key:value pair; give the event log as Spark wrote it, an event a line`},
		"not an event":          {text, "[1, 2]\n", "log: line 1: line: \"array\" is no struct"},
		"another file":          {text, "{\"kinds\": []}\n", "log: line 1: Event: is missing; give the event log as Spark wrote it"},
		"job without end":       {`"SparkListenerJobEnd"`, `"SparkListenerOther"`, "log: line 2: job 0: belongs to Spark job 0, whose end the log lacks" + cutRemedy},
		"query without end":     {text, `{"Event":"x.SparkListenerSQLExecutionStart","executionId":3}` + "\n" + text, "log: line 3: job 0: belongs to SQL execution 3, whose end the log lacks" + cutRemedy},
		"end of unknown job":    {`"Job ID":0,"Job Result"`, `"Job ID":5,"Job Result"`, "log: line 8: SparkListenerJobEnd: Job ID: 5 has not started: the log lacks an event; run the application with a larger spark.scheduler.listenerbus.eventqueue.capacity, or allow an incomplete log"},
		"stage of no job":       {`"Stage Info":{"Number of Tasks":2,"Stage ID":1`, `"Stage Info":{"Number of Tasks":2,"Stage ID":8`, "log: line 5: SparkListenerStageSubmitted: Stage Info.Stage ID: 8 belongs to no job: the log lacks an event"},
		"task of no stage":      {`"Stage Attempt ID":0,"Stage ID":1`, `"Stage Attempt ID":0,"Stage ID":9`, "log: line 6: SparkListenerTaskEnd: Stage ID: 9 belongs to no job"},
		"task end is missing":   {`"Index":1`, `"Index":1},"Task End Reason":{"Reason":"TaskKilled"},"Other":{"x":1`, "log: line 7: SparkListenerTaskEnd: Task Info.Task ID: is missing"},
		"fewer task ends":       {`"Partition ID":1`, `"Partition ID":0`, "log: line 2: stage 1: 1 tasks succeeded of the 2 that it ran: the log lacks events; run"},
		"job twice":             {`"SparkListenerApplicationEnd",`, `"SparkListenerJobStart","Job ID":0,`, "log: line 9: SparkListenerJobStart: Job ID: 0 has started before; give the log of one application"},
		"no job id":             {`"Job ID":0,"Properties"`, `"Properties"`, "log: line 2: SparkListenerJobStart: Job ID: is missing; give the event log as Spark wrote it"},
		"no submission":         {`,"Submission Time":100`, ``, "SparkListenerJobStart: Submission Time: is missing"},
		"no stages":             {`"Stage Infos"`, `"Other"`, "SparkListenerJobStart: Stage Infos: is missing"},
		"negative time":         {`"Submission Time":100`, `"Submission Time":-1`, "SparkListenerJobStart: Submission Time: -1 is no time"},
		"huge time":             {`"Submission Time":100`, `"Submission Time":9007199254740993`, "SparkListenerJobStart: Submission Time: 9007199254740993 is no time"},
		"no stage id":           {`"Stage ID":1,"Stage Name"`, `"Stage Name"`, "SparkListenerJobStart: Stage Infos[1].Stage ID: is missing"},
		"no number of tasks":    {`"Stage Info":{"Number of Tasks":2,`, `"Stage Info":{`, "SparkListenerStageSubmitted: Stage Info.Number of Tasks: is missing"},
		"too many tasks":        {`"Number of Tasks":2,"P`, `"Number of Tasks":2000000000,"P`, "log: line 2: SparkListenerJobStart: Stage Infos[1].Number of Tasks: 2000000000 is no number of tasks; give a log whose stages have at most 16777216"},
		"more tasks than ran":   {`"Stage Info":{"Number of Tasks":2`, `"Stage Info":{"Number of Tasks":16777216`, "log: line 2: stage 1: 2 tasks succeeded of the 16777216"},
		"negative tasks":        {`"Number of Tasks":2,"P`, `"Number of Tasks":-2,"P`, "Stage Infos[1].Number of Tasks: -2 is no number of tasks"},
		"parent after child":    {`"Parent IDs":[0]`, `"Parent IDs":[1]`, "log: line 2: SparkListenerJobStart: Stage Infos[1].Parent IDs: 1 is not below the stage's own id, 1"},
		"id out of range":       {`"Stage ID":1,"Stage N`, `"Stage ID":4294967297,"Stage N`, `SparkListenerJobStart: Stage Infos.Stage ID: "number 4294967297" is no int32`},
		"text for a number":     {`"Finish Time":120`, `"Finish Time":"120"`, `log: line 4: SparkListenerTaskEnd: Task Info.Finish Time: "string" is no int64`},
		"no stage info":         {`"Stage Info":`, `"Other":`, "SparkListenerStageSubmitted: Stage Info: is missing"},
		"end before start":      {`"Completion Time":150`, `"Completion Time":99`, "log: line 8: SparkListenerJobEnd: Completion Time: 99 is before the beginning, at 100"},
		"no result":             {`"Job Result":{"Result":"JobSucceeded"}`, `"Job Result":{}`, "SparkListenerJobEnd: Job Result.Result: is missing"},
		"no completion":         {`"Completion Time"`, `"Other"`, "SparkListenerJobEnd: Completion Time: is missing"},
		"no end of which job":   {`"Job ID":0,"Job Result"`, `"Job Result"`, "SparkListenerJobEnd: Job ID: is missing"},
		"negative duration":     {`"Finish Time":120`, `"Finish Time":109`, "log: line 4: SparkListenerTaskEnd: Task Info.Finish Time: 109 is before the beginning, at 110; take out the line, if the clock of the driver was set back"},
		"endless duration":      {`"Finish Time":120`, `"Finish Time":1000000000111`, "Task Info.Finish Time: 1000000000111 is too long after the beginning, at 110"},
		"no launch":             {`"Launch Time":110,`, ``, "Task Info.Launch Time: is missing"},
		"no finish":             {`"Finish Time":120,`, ``, "Task Info.Finish Time: is missing"},
		"no stage of a task":    {`"Stage Attempt ID":0,"Stage ID":0,`, ``, "SparkListenerTaskEnd: Stage ID: is missing"},
		"no reason":             {`"Task End Reason":{"Reason":"Success"}`, `"Task End Reason":{}`, "Task End Reason.Reason: is missing"},
		"no index":              {`"Index":0,`, ``, "Task Info.Index: is missing"},
		"negative index":        {`"Index":1`, `"Index":-1`, "log: line 7: SparkListenerTaskEnd: Task Info.Index: -1 is negative"},
		"negative partition":    {`"Partition ID":1`, `"Partition ID":-1`, "Task Info.Partition ID: -1 is negative"},
		"no executor of a task": {`"Executor ID":"1","Finish`, `"Finish`, "Task Info.Executor ID: is missing"},
		"negative bytes":        {`"Bytes Read":8`, `"Bytes Read":-8`, "Task Metrics.Input Metrics.Bytes Read: -8 is negative"},
		"no executor id":        {`"Executor ID":"1","Executor Info"`, `"Executor Info"`, "log: line 1: SparkListenerExecutorAdded: Executor ID: is missing"},
		"no cores":              {`"Executor Info":{"Total Cores":2}`, `"Other":{}`, "SparkListenerExecutorAdded: Executor Info.Total Cores: is missing"},
		"zero cores":            {`"Total Cores":2`, `"Total Cores":0`, "Executor Info.Total Cores: 0 is no number of cores"},
		"who was removed":       {`"SparkListenerApplicationEnd",`, `"SparkListenerExecutorRemoved",`, "log: line 9: SparkListenerExecutorRemoved: Executor ID: is missing"},
		"which query started":   {`"SparkListenerApplicationEnd",`, `"SparkListenerSQLExecutionStart",`, "SparkListenerSQLExecutionStart: executionId: is missing"},
		"which query ended":     {`"SparkListenerApplicationEnd",`, `"SparkListenerSQLExecutionEnd",`, "SparkListenerSQLExecutionEnd: executionId: is missing"},
		"cores of a task":       {`"SparkListenerApplicationEnd",`, `"SparkListenerEnvironmentUpdate","Spark Properties":{"spark.task.cpus":"0.5"},`, `SparkListenerEnvironmentUpdate: Spark Properties.spark.task.cpus: "0.5" is no number of cores`},
		"jobs decades apart":    {`{"Event":"SparkListenerApplicationEnd"`, decadesLater(), "log: event log: has jobs more than thirty years apart"},
		"zstd":                  {text, "\x28\xb5\x2f\xfdabcdefgh", "log: event log: is compressed with zstd; run the application with spark.eventLog.compress=false, or uncompress the file; plain and gzip files can be read"},
		"lz4":                   {text, "LZ4Block\x26", "log: event log: is compressed with lz4; run"},
		"snappy":                {text, "\x82SNAPPY\x00\x00", "log: event log: is compressed with snappy; run"},
		"lzf":                   {text, "ZV\x01\x00", "log: event log: is compressed with lzf; run"},
		"gzip in name only":     {text, "\x1f\x8bxxxxxxxxxxxxxx", "log: event log: begins like gzip but can't be read"},
	} {
		changed := strings.ReplaceAll(text, test.old, test.new)
		if changed == text {
			t.Errorf("%s: nothing was changed", name)
		}
		_, err := ReadEventLog(strings.NewReader(changed), "log", EventLogOptions{})
		if wrong, ok := errors.AsType[*FormatError](err); !ok || !strings.Contains(err.Error(), test.says) || wrong.Err.Remedy == "" {
			t.Errorf("%s: %v, want %s", name, err, test.says)
		}
	}
}

// rest is what follows a part of a text.
func rest(text, part string) string {
	_, after, _ := strings.Cut(text, part)
	return after
}

func decadesLater() string {
	var w eventLogText
	w.job(1, 1_000_000_000_200, nil, stageText{id: 2, tasks: 1})
	w.task(taskText{stage: 2, from: 1, to: 2})
	w.jobEnd(1, 1_000_000_000_200, "JobSucceeded")
	return w.String() + `{"Event":"SparkListenerApplicationEnd"`
}

func TestEventLogDirectories(t *testing.T) {
	text := realEventLog(t)
	half := bytes.Index(text, []byte(`{"Event":"SparkListenerJobStart","Job ID":10,`)) // after five jobs
	first, second := text[:half], text[half:]
	for name, test := range map[string]struct {
		files   map[string][]byte
		options EventLogOptions
		jobs    int
		says    string // or the jobs are read
	}{
		"no events":         {files: map[string][]byte{"app-1": text, "app-2": text}, says: "event log: is missing: there are no files events_1_..., events_2_... in the directory; give"},
		"the first is gone": {files: map[string][]byte{"events_2_app": second}, says: `event log: "events_2_app" comes where events_1_... should be; give the directory with each of its files once`},
		"a gap":             {files: map[string][]byte{"events_1_app": first, "events_3_app": second}, says: `"events_3_app" comes where events_2_... should be`},
		"one twice":         {files: map[string][]byte{"events_1_app": first, "events_1_app.zstd": first}, says: `comes where events_2_... should be`},
		"compressed":        {files: map[string][]byte{"events_1_app": first, "events_2_app.zstd": []byte("\x28\xb5\x2f\xfdxxxx")}, says: "events_2_app.zstd: event log: is compressed with zstd"},
		"still running":     {files: map[string][]byte{"events_1_app": first, "appstatus_app.inprogress": nil}, says: "event log: ends without SparkListenerApplicationEnd"},
		"cut in the middle": {files: map[string][]byte{"events_1_app": first[:len(first)-9], "events_2_app": second}, options: EventLogOptions{AllowIncomplete: true}, says: "line: is cut off"},
		"compacted":         {files: map[string][]byte{"events_1_app.compact": first, "events_2_app": second}, says: "event log: was compacted by Spark's history server, which drops jobs that have ended; give a copy"},
		"compacted, allowed": {files: map[string][]byte{"events_1_app": []byte("old"), "events_3_app": []byte("old"), "events_3_app.compact": first, "events_4_app": second},
			options: EventLogOptions{AllowIncomplete: true}, jobs: 12},
		"running, allowed": {files: map[string][]byte{"events_1_app": first, "events_2_app": second[:1000]}, options: EventLogOptions{AllowIncomplete: true}, jobs: 5},
	} {
		dir := t.TempDir()
		for file, content := range test.files {
			if err := os.WriteFile(filepath.Join(dir, file), content, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		log, err := OpenEventLog(dir, test.options)
		switch {
		case test.says == "" && (err != nil || len(log.Jobs) != test.jobs):
			t.Errorf("%s: %d jobs, %v, want %d", name, len(log.Jobs), err, test.jobs)
		case test.says != "" && (err == nil || !strings.Contains(err.Error(), test.says) || !strings.HasPrefix(err.Error(), dir)):
			t.Errorf("%s: %v, want %s", name, err, test.says)
		}
	}
	if _, err := OpenEventLog(filepath.Join(t.TempDir(), "nothing"), EventLogOptions{}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
}

// Errors of the reader come as they are, wherever they come.
func TestEventLogOfFailingReader(t *testing.T) {
	text := realEventLog(t)
	fails := errors.New("disk gone")
	for _, after := range []int{0, 5, 100_000, len(text)} {
		r := io.MultiReader(bytes.NewReader(text[:after]), iotest.ErrReader(fails))
		if _, err := ReadEventLog(r, "log", EventLogOptions{AllowIncomplete: true}); !errors.Is(err, fails) {
			t.Errorf("after %d bytes: %v", after, err)
		}
	}
	log, err := ReadEventLog(iotest.OneByteReader(bytes.NewReader(text)), "log", EventLogOptions{})
	if err != nil || len(log.Jobs) != 12 {
		t.Errorf("byte by byte: %v", err)
	}
}

// Lines that aren't wanted are read at any length and not held.
func TestEventLogLines(t *testing.T) {
	long := strings.Repeat("x", 100_000)
	lines := eventLogLines{
		r:      bufio.NewReaderSize(strings.NewReader(`{"Event":"No","x":"`+long+"\"}\n"+`{"Event":"Yes","x":1}`+"\n\n"+`{"Event":"Yes","x":"`+long+"\"}\n"), 4096),
		wanted: func(event string) bool { return event == "Yes" },
		most:   50_000,
	}
	if line, whole, err := lines.next(); line != nil || !whole || err != nil || cap(lines.held) > 0 {
		t.Errorf("line 1: %.20q, %t, %v, %d bytes held", line, whole, err, cap(lines.held))
	}
	if line, whole, err := lines.next(); string(line) != `{"Event":"Yes","x":1}`+"\n" || !whole || err != nil {
		t.Errorf("line 2: %q, %t, %v", line, whole, err)
	}
	if line, whole, err := lines.next(); string(line) != "\n" || !whole || err != nil {
		t.Errorf("line 3: %q, %t, %v", line, whole, err)
	}
	if _, _, err := lines.next(); err != errEventLogLine {
		t.Errorf("line 4: %v", err)
	}
}
