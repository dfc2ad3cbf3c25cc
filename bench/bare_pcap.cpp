// bare_pcap: libpcap's loop over a capture file and nothing else.
#include <pcap/pcap.h>
#include <cstdio>

int main(int count, char** words) {
  char error[PCAP_ERRBUF_SIZE];
  pcap_t* const capture = count == 2 ? pcap_open_offline(words[1], error) : nullptr;
  if (capture == nullptr) {
    std::fprintf(stderr, "usage: bare_pcap CAPTURE\n");
    return 2;
  }
  unsigned long packets = 0;
  unsigned long octets = 0;
  pcap_pkthdr* header = nullptr;
  const unsigned char* frame = nullptr;
  for (; pcap_next_ex(capture, &header, &frame) == 1; ++packets) octets += header->caplen;
  pcap_close(capture);
  std::printf("{\"packets\": %lu, \"octets\": %lu}\n", packets, octets);
  return 0;
}
