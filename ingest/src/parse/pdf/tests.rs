//! Small PDFs, made here, through the whole parser.
