"""Operations of one resource."""
