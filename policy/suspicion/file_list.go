package suspicion

// The classes of extensions that the indicators look at. Each is what makes files of it dangerous.
const (
	fileExecutable = "executable" // runs when it is opened, or makes something run
	fileDiskImage  = "disk_image" // is mounted, and its files lose the mark that they came from outside
	fileMacro      = "macro"
	fileOneNote    = "onenote"
	fileHTML       = "html" // a browser opens it from the disk, with its script
	fileArchive    = "archive"
)

// FileClasses lists the classes of extensions that an indicator looks at. A list may have others, which mean nothing.
func FileClasses() []string {
	return []string{fileExecutable, fileDiskImage, fileMacro, fileOneNote, fileHTML, fileArchive}
}

// maxExtension is the longest extension of a file, in octets; what is longer is none.
const maxExtension = 32
