//! Files that other programs made, to exchanges: WARC and HAR.
