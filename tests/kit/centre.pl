# A centre by the library of others (Debian: libnet-smpp-perl): takes texts, answers the first with STOP and a receipt.
use strict;
use warnings;
use Net::SMPP;
$| = 1;
my $server = Net::SMPP->new_listen('127.0.0.1', port => $ARGV[0]) or die "listen: $!";
print "ready\n";
my $line = $server->accept or die "accept: $!";
my $number = 0;
my %from = (source_addr_ton => 1, source_addr_npi => 1, source_addr => '33612345678', destination_addr => '36180');
while (my $unit = $line->read_pdu()) {
  my $command = $unit->{cmd};
  if ($command == Net::SMPP::CMD_bind_transceiver) {
    print "bind $unit->{system_id} $unit->{password}\n";
    $line->bind_transceiver_resp(seq => $unit->{seq}, status => 0, system_id => 'perl');
  } elsif ($command == Net::SMPP::CMD_submit_sm) {
    $number++;
    print "text $unit->{source_addr} $unit->{destination_addr} $unit->{data_coding} ", unpack('H*', $unit->{short_message}), "\n";
    $line->submit_sm_resp(seq => $unit->{seq}, status => 0, message_id => "perl-$number");
    if ($number == 1) {
      $line->deliver_sm(async => 1, %from, short_message => 'STOP');
      $line->deliver_sm(async => 1, %from, esm_class => 4, short_message => 'id:perl-1 sub:001 dlvrd:001 stat:DELIVRD err:000 text:');
    }
  } elsif ($command == Net::SMPP::CMD_unbind) {
    $line->unbind_resp(seq => $unit->{seq});
    print "unbind\n";
    last;
  }
}
