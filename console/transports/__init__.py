"""How mail leaves: one file a transport, one table of them (`console.transports.table`)."""
