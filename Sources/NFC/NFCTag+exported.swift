// Whoever knows of readers knows of tags; `musicbox-reader` takes the tags alone, for the rest would double its memory.
@_exported public import NFCTag
