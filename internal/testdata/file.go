package testdata

import (
	"bytes"
	"encoding/csv"
	"io"
	"os"
	"path/filepath"
	"testing"
)

// ReadCSV returns the records of a CSV file, its header first.
func ReadCSV(tb testing.TB, file string) [][]string {
	tb.Helper()
	f, err := os.Open(file)
	if err != nil {
		tb.Fatal(err)
	}
	defer f.Close()
	records, err := csv.NewReader(f).ReadAll()
	if err != nil {
		tb.Fatalf("%s: %v", file, err)
	}
	return records
}

// WriteCSV writes the records to a file.
func WriteCSV(tb testing.TB, file string, records [][]string) {
	tb.Helper()
	WriteFile(tb, file, func(w io.Writer) error { return csv.NewWriter(w).WriteAll(records) })
}

// WriteFile makes a file, and the directories above it, of what write writes.
func WriteFile(tb testing.TB, file string, write func(io.Writer) error) {
	tb.Helper()
	var text bytes.Buffer
	if err := write(&text); err != nil {
		tb.Fatalf("%s: %v", file, err)
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
		tb.Fatal(err)
	}
	if err := os.WriteFile(file, text.Bytes(), 0o666); err != nil {
		tb.Fatal(err)
	}
}
