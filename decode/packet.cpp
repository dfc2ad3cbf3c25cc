#include "decode/packet.h"
