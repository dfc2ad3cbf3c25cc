#!/bin/sh
ip xfrm state flush; ip xfrm policy flush
ip xfrm state add src 10.0.0.1 dst 10.0.0.2 proto esp spi 0x201 mode tunnel reqid 1 \
  replay-window 32 flag esn align4 replay-seq-hi 5 replay-oseq-hi 5 \
  auth-trunc 'hmac(sha256)' 0x000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f 128 \
  enc 'cbc(aes)' 0x000102030405060708090a0b0c0d0e0f encap espinudp 4500 4500 0.0.0.0 tfcpad 1400 mark 1 mask 0xff
ip xfrm state add src fd00::1 dst fd00::2 proto esp spi 0x202 mode beet aead 'rfc4106(gcm(aes))' 0x000102030405060708090a0b0c0d0e0f10111213 128
ip xfrm state add src 10.0.0.1 dst 10.0.0.2 proto comp spi 0x203 comp deflate sel src 10.0.0.0/8 dst 10.0.0.0/8 proto tcp
ip xfrm policy add src 10.0.0.0/24 dst 10.1.0.0/24 proto tcp dport 22 dir out priority 10 tmpl src 10.0.0.1 dst 10.0.0.2 proto esp reqid 1 mode tunnel level use
ip xfrm policy add src fd00::/64 dst ::/0 proto ipv6-icmp type 135 dir in action block
