// The pages of files that this process runs and reads: its program and its libraries.
#pragma once

namespace netsonde {

// Lets go of those that are as the file has them: what is used again is taken up again from the page cache, at a
// microsecond for 64 KB, and what only the start needed (loaders, parsers, compilers) stays away. What cannot be let go
// of stays.
void releaseFilePages();

}  // namespace netsonde
