"""Word, Excel, PowerPoint, OpenDocument, EPUB and RTF: what offices write."""
