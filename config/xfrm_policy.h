// XfrmPolicy: one entry of `ip xfrm policy`, taken line by line.
#pragma once

#include "config/xfrm_words.h"

namespace espy::config {

class XfrmPolicy {
 public:
  // `header`: "src PREFIX dst PREFIX" and the rest of the selector.
  XfrmPolicy(Document& document, const XfrmLine& header);
  void take(const XfrmLine& line);
  // Adds the policy to `policies`, without its age.
  void finish(std::vector<ipsec::Policy>& policies);

 private:
  void take_selector(const XfrmLine& header);
  void take_ports(const XfrmLine& header);
  std::optional<ipsec::PortRange> take_port(const Word& value);
  void take_direction(const XfrmLine& line);
  void take_template(const XfrmLine& line);
  void take_template_protocol(const XfrmLine& line);

  Document& document_;
  Word place_;
  ipsec::Policy policy_;
  ipsec::Template template_;  // of the last tmpl line, until its protocol is known
  bool usable_ = true;
  bool foreign_ = false;  // a template that is not IPsec's
};

}  // namespace espy::config
