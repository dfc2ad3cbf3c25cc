#include "ipsec/configuration.h"
