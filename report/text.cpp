#include "verdict/summary.h"
