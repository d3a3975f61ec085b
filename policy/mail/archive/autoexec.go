package archive

import "bytes"

// maxProcedure is the longest name that is looked at, in octets; what Office starts by itself is shorter.
const maxProcedure = 40

// autoExec returns the usual spelling of a procedure that Office starts without being asked, "" for others. VBA takes small and
// capital letters for the same.
func autoExec(name []byte) string {
	var lower [maxProcedure]byte
	if len(name) > len(lower) {
		return ""
	}
	for i, c := range name {
		lower[i] = foldOctet(c)
	}
	switch string(lower[:len(name)]) {
	// Word
	case "autoexec":
		return "AutoExec"
	case "autoopen":
		return "AutoOpen"
	case "autonew":
		return "AutoNew"
	case "autoclose":
		return "AutoClose"
	case "autoexit":
		return "AutoExit"
	case "document_open":
		return "Document_Open"
	case "document_new":
		return "Document_New"
	case "document_close":
		return "Document_Close"
	case "document_beforeclose":
		return "Document_BeforeClose"
	case "document_documentopened": // Visio
		return "Document_DocumentOpened"
	case "documentopen":
		return "DocumentOpen"
	case "documentbeforeclose":
		return "DocumentBeforeClose"
	// Excel, and add-ins of PowerPoint
	case "auto_open":
		return "Auto_Open"
	case "auto_close":
		return "Auto_Close"
	case "auto_activate":
		return "Auto_Activate"
	case "workbook_open":
		return "Workbook_Open"
	case "workbook_activate":
		return "Workbook_Activate"
	case "workbook_windowactivate":
		return "Workbook_WindowActivate"
	case "workbook_beforeclose":
		return "Workbook_BeforeClose"
	case "workbook_close":
		return "Workbook_Close"
	case "workbook_deactivate":
		return "Workbook_Deactivate"
	}
	return controlEvent(lower[:len(name)])
}

// controlEvent returns the event of an ActiveX control that happens when a document shows the control: nobody has to touch it. Events
// of other controls, such as Click, need a user, and forms of honest workbooks are full of them.
func controlEvent(name []byte) string {
	under := bytes.LastIndexByte(name, '_')
	if under < 0 {
		return ""
	}
	switch control, event := string(bytes.TrimRight(name[:under], "0123456789")), string(name[under+1:]); control {
	case "inkpicture":
		switch event {
		case "painted":
			return "InkPicture_Painted"
		case "painting":
			return "InkPicture_Painting"
		case "resize":
			return "InkPicture_Resize"
		}
	case "inkedit":
		if event == "gotfocus" {
			return "InkEdit_GotFocus"
		}
	case "frame":
		if event == "layout" {
			return "Frame_Layout"
		}
	case "multipage":
		if event == "layout" {
			return "MultiPage_Layout"
		}
	case "webbrowser":
		if event == "beforenavigate2" {
			return "WebBrowser_BeforeNavigate2"
		}
	}
	return ""
}

// foldOctet makes an ASCII letter small.
func foldOctet(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		c += 'a' - 'A'
	}
	return c
}

// identifier reports whether c can be part of a name in VBA. Letters of other scripts are above ASCII in every character set.
func identifier(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '_' || c >= 0x80
}
