"""One member with several accounts: binding them, joining what each has done, and parting them again."""
