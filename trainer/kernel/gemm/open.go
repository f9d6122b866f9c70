package gemm

import (
	"os"
	"strings"

	"trailblazer/api/env"
)

// LibraryVariable is the environment variable with the path or the name of an
// OpenBLAS library.
const LibraryVariable = "TRAILBLAZER_BLAS"

// Open finds a backend by name:
//
//   - "go" is kernels of our own, with the machine's widest vectors;
//   - "openblas" is a library that is loaded while running: the given one, else
//     that of LibraryVariable, else one that lies in a usual place;
//   - "auto", or nothing, is "openblas" where a library is given, or where there
//     are no vector kernels for this machine and a library is found; else "go".
//
// The error is a *env.FieldError.
func Open(name, library string) (Backend, error) {
	library = libraryPath(library)
	switch name {
	case "go":
		return newNative(available()[0]), nil
	case "openblas":
		b, _, err := openLibrary(library)
		return b, err
	case "", "auto":
		if library != "" || !available()[0].vectors() {
			if b, _, err := openLibrary(library); err == nil || library != "" {
				return b, err
			}
		}
		return newNative(available()[0]), nil
	}
	return nil, &env.FieldError{Field: "backend", Value: name, Remedy: `give "auto", "openblas" or "go"`}
}

func libraryPath(library string) string {
	if library == "" {
		return os.Getenv(LibraryVariable)
	}
	return library
}

// openLibrary opens a library, or the first that is found if none is named. It
// also gives the library's path or name.
func openLibrary(library string) (Backend, string, error) {
	names := libraries()
	if library != "" {
		names = []string{library}
	}
	const get = `install OpenBLAS (libopenblas0 on Debian, openblas on Fedora and Homebrew), give the path of one in ` + LibraryVariable + `, or use the backend "go"`
	var broken error
	for _, name := range names {
		b, err := loadOpenBLAS(name)
		if err == nil {
			return b, name, nil
		}
		absent := strings.Contains(strings.ToLower(err.Error()), "no such file")
		if broken == nil && (!absent || library != "") {
			broken = &env.FieldError{Field: "library", Value: name, Remedy: err.Error() + "; " + get}
		}
	}
	if broken == nil {
		broken = &env.FieldError{Field: "backend", Value: "openblas", Remedy: "there is none in the usual places; " + get}
	}
	return nil, "", broken
}

// Found is a backend that a machine has.
type Found struct {
	// Name is that for Open.
	Name string `json:"name"`
	// Description is the Backend's.
	Description string `json:"description"`
	// Library is what was loaded, if anything.
	Library string `json:"library,omitempty"`
}

// Survey lists the backends that Open can open: that of "auto" first. The error
// says why a library that was given can't be used.
func Survey(library string) ([]Found, error) {
	library = libraryPath(library)
	own := Found{Name: "go", Description: newNative(available()[0]).Description()}
	b, path, err := openLibrary(library)
	if err != nil {
		if library == "" {
			err = nil
		}
		return []Found{own}, err
	}
	other := Found{Name: "openblas", Description: b.Description(), Library: path}
	if library != "" || !available()[0].vectors() {
		return []Found{other, own}, nil
	}
	return []Found{own, other}, nil
}
