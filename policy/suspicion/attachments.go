package suspicion

import "slices"

// attachments lists the indicators about what is attached, and about a body that readers of mail take differently.
func attachments() []Indicator {
	return slices.Concat(fileKinds(), fileTypes(), fileNames(), fileArchives(), fileOffice(), filePDF(), fileWeb(), bodyForm())
}
